using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// A service account of Google, whose key is read before the policy starts. It signs an assertion, and Google gives a token for that
/// (https://developers.google.com/identity/protocols/oauth2/service-account).
/// </summary>
internal sealed class ServiceAccount
{
    /// <summary>How long an assertion may be exchanged: the hour that Google allows. Its clock and ours may differ.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>An assertion is dated back by this: to a clock that is behind ours it would come from the future.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    private readonly ILive<SecretValue> _keyfile;
    private readonly TimeProvider _time;
    private Reading? _last;

    public ServiceAccount(CredentialPlan keyfile, StepPlan step, IStepServices services)
    {
        _keyfile = services.Credential(keyfile, step, FindProblem);
        _time = services.Time;
    }

    /// <summary>Its key; null while there is none that may be used.</summary>
    public async ValueTask<ServiceAccountKey?> FindKeyAsync(CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (SecretUnavailableException)
        {
            return null; // Whoever needs a token is told.
        }
    }

    /// <summary>What audit records say of its tokens; nothing of those of the machine, which have no account.</summary>
    public static Func<CancellationToken, ValueTask<KeyValuePair<string, string>?>> Describe(ServiceAccount? account) => async cancellation =>
        account is not null && await account.FindKeyAsync(cancellation).ConfigureAwait(false) is { } key ? new("service_account", key.Email) : null;

    /// <summary>Asks for a token.</summary>
    /// <param name="http">The way to Google.</param>
    /// <param name="member">The member of the answer that the token is in.</param>
    /// <param name="claims">What the assertion asks for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public async Task<MintedToken> MintAsync(HttpMessageInvoker http, string member, IEnumerable<KeyValuePair<string, string>> claims, CancellationToken cancellation)
    {
        var key = await ReadAsync(cancellation).ConfigureAwait(false);
        using var rsa = key is null ? null : JwtAssertion.ReadKey(key.PrivateKey);
        if (key is null || rsa is null)
        {
            throw new MintingFailedException("keyfile is not the key of a service account any more");
        }

        var assertion = JwtAssertion.Sign(rsa, key.KeyId, _time.GetUtcNow() - Skew, Lifetime, [new("iss", key.Email), new("aud", key.TokenEndpoint), .. claims, JwtAssertion.NewId()]);
        return await TokenRequest.SendAsync(
            http, key.TokenEndpoint, [new("grant_type", JwtAssertion.Grant), new("assertion", assertion)], headers: [], member, rotated: null, cancellation).ConfigureAwait(false);
    }

    private static string? FindProblem(SecretValue value)
    {
        if (ServiceAccountKey.TryRead(value.Reveal(), out var problem) is not { } key)
        {
            return problem;
        }

        using var rsa = JwtAssertion.ReadKey(key.PrivateKey);
        return rsa is null ? "has a private_key that is no RSA key in PEM" : null;
    }

    /// <summary>Each document is read once.</summary>
    private async ValueTask<ServiceAccountKey?> ReadAsync(CancellationToken cancellation)
    {
        var document = await _keyfile.GetAsync(cancellation).ConfigureAwait(false);
        if (Volatile.Read(ref _last) is { } last && ReferenceEquals(last.Document, document))
        {
            return last.Key;
        }

        var key = ServiceAccountKey.TryRead(document.Reveal(), out _);
        Volatile.Write(ref _last, new Reading(document, key));
        return key;
    }

    private sealed class Reading(SecretValue document, ServiceAccountKey? key)
    {
        public SecretValue Document { get; } = document;

        public ServiceAccountKey? Key { get; } = key;
    }
}
