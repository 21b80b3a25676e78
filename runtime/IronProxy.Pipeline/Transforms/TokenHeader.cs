using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A header that a token goes into: behind a prefix, or as the password of a user (RFC 7617).</summary>
internal sealed class TokenHeader
{
    private const string Basic = "Basic ";

    private readonly string _name;
    private readonly string _prefix;
    private readonly string? _user;
    private readonly ILive<SecretValue> _token;
    private readonly ScrubbedEntry<SecretValue>? _scrubbed;
    private readonly string[] _places;

    private TokenHeader(string name, string prefix, ILive<SecretValue> token, ScrubbedEntry<SecretValue>? scrubbed, string? user)
    {
        _name = name;
        _prefix = prefix;
        _user = user;
        _token = token;
        _scrubbed = scrubbed;
        Place = "header:" + HeaderName.Canonical(name);
        _places = [Place];
    }

    /// <summary>Prepares one for a token that stands behind a prefix.</summary>
    /// <param name="name">Its name, with the letter case in which it is sent.</param>
    /// <param name="prefix">What stands before the token.</param>
    /// <param name="token">The token.</param>
    /// <param name="scrubbed">Looks for it in responses; null when nobody does.</param>
    public TokenHeader(string name, string prefix, ILive<SecretValue> token, ScrubbedEntry<SecretValue>? scrubbed)
        : this(name, prefix, token, scrubbed, user: null)
    {
    }

    /// <summary>Authorization with a token that is the password of a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="token">The token.</param>
    /// <param name="scrubbed">Looks for it in responses; null when nobody does.</param>
    public static TokenHeader Password(string user, ILive<SecretValue> token, ScrubbedEntry<SecretValue>? scrubbed) => new("Authorization", Basic, token, scrubbed, user);

    /// <summary>What it is to audit records, and to those who claim it.</summary>
    public string Place { get; }

    /// <summary>Sets it, and says so in the audit record; or says there why there is no token.</summary>
    /// <param name="context">The request.</param>
    /// <param name="about">What the audit record says of the token beside, by name; null for nothing.</param>
    /// <returns>Whether it was set.</returns>
    public async ValueTask<bool> TrySetAsync(RequestContext context, KeyValuePair<string, string>? about = null)
    {
        try
        {
            var value = await _token.GetAsync(context.Aborted).ConfigureAwait(false);
            _scrubbed?.Saw(value);
            context.Headers.Set(_name, _prefix + Encode(value.Reveal()));
        }
        catch (SecretUnavailableException e)
        {
            context.Step.Annotate("error", e.Message);
            return false;
        }

        context.Record.SecretsUsed++;
        if (about is var (name, text))
        {
            context.Step.Annotate(name, text);
        }

        context.Step.Annotate("injected", _places);
        return true;
    }

    /// <summary>What was set, with a name where the token is.</summary>
    public KeyValuePair<string, string> Describe(string token) => new(Place, _user is null ? $"{_prefix}{{{token}}}" : $"{_prefix}base64({_user}:{{{token}}})");

    private string Encode(string token) => _user is null ? token : Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_user}:{token}"));
}
