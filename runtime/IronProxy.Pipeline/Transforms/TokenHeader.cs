using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A header that a token goes into.</summary>
internal sealed class TokenHeader
{
    private readonly string _name;
    private readonly string _prefix;
    private readonly ILive<SecretValue> _token;
    private readonly ScrubbedEntry<SecretValue>? _scrubbed;
    private readonly string[] _places;

    /// <summary>Prepares one.</summary>
    /// <param name="name">Its name, with the letter case in which it is sent.</param>
    /// <param name="prefix">What stands before the token.</param>
    /// <param name="token">The token.</param>
    /// <param name="scrubbed">Looks for it in responses; null when nobody does.</param>
    public TokenHeader(string name, string prefix, ILive<SecretValue> token, ScrubbedEntry<SecretValue>? scrubbed)
    {
        _name = name;
        _prefix = prefix;
        _token = token;
        _scrubbed = scrubbed;
        Place = "header:" + HeaderName.Canonical(name);
        _places = [Place];
    }

    /// <summary>What it is to audit records, and to those who claim it.</summary>
    public string Place { get; }

    /// <summary>Sets it, and says so in the audit record; or says there why there is no token.</summary>
    /// <param name="context">The request.</param>
    /// <param name="account">Whose token it is; null says nothing of that.</param>
    /// <returns>Whether it was set.</returns>
    public async ValueTask<bool> TrySetAsync(RequestContext context, string? account = null)
    {
        try
        {
            var value = await _token.GetAsync(context.Aborted).ConfigureAwait(false);
            _scrubbed?.Saw(value);
            context.Headers.Set(_name, _prefix + value.Reveal());
        }
        catch (SecretUnavailableException e)
        {
            context.Step.Annotate("error", e.Message);
            return false;
        }

        context.Record.SecretsUsed++;
        if (account is not null)
        {
            context.Step.Annotate("service_account", account);
        }

        context.Step.Annotate("injected", _places);
        return true;
    }

    /// <summary>What was set, with a name where the token is.</summary>
    public KeyValuePair<string, string> Describe(string token) => new(Place, $"{_prefix}{{{token}}}");
}
