using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// An application of Microsoft Entra ID, which shows a secret, signs with the key of a certificate, or has a token of an issuer that it trusts
/// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
/// </summary>
internal sealed class EntraApplication
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"; // RFC 7523, 2.2

    private const string TokenFile = "AZURE_FEDERATED_TOKEN_FILE";

    /// <summary>How long an assertion may be exchanged: no more than ten minutes are advised.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>An assertion is dated back by this: to a clock that is behind ours it would come from the future.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly AzureAuthStepPlan _plan;
    private readonly string? _tenant;
    private readonly string? _client;
    private readonly ILive<SecretValue>? _credential;
    private readonly TimeProvider _time;

    public EntraApplication(AzureAuthStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _time = services.Time;
        _tenant = plan.TenantId ?? services.MachineVariable("AZURE_TENANT_ID");
        _client = plan.ClientId ?? services.MachineVariable("AZURE_CLIENT_ID");
        var credential = plan.Credential ?? (services.MachineVariable(TokenFile) is { Length: > 0 } path
            ? new CredentialPlan { Name = "federated_token", Source = new FileSourcePlan { Path = path, At = plan.At } }
            : null);
        _credential = credential is null ? null : services.Credential(credential, plan, credential.Name == "client_certificate" ? EntraCertificate.FindProblem : static _ => null);
    }

    /// <summary>Asks for a token.</summary>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public async Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation)
    {
        if (_credential is null || _tenant is not { Length: > 0 } tenant || _client is not { Length: > 0 } client)
        {
            throw new MintingFailedException($"the machine has no workload identity: {TokenFile}, AZURE_TENANT_ID and AZURE_CLIENT_ID are not all set");
        }

        var endpoint = AzureStubs.TokenEndpoint(_plan.AuthorityHost, Uri.EscapeDataString(tenant));
        var credential = (await _credential.GetAsync(cancellation).ConfigureAwait(false)).Reveal();
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "client_credentials"), new("client_id", client), new("scope", _plan.Scope) };
        if (_plan.Credential?.Name == "client_secret")
        {
            form.Add(new("client_secret", credential));
        }
        else
        {
            form.Add(new("client_assertion_type", AssertionType));
            form.Add(new("client_assertion", _plan.Credential?.Name == "client_certificate" ? Sign(credential, client, endpoint) : credential.Trim()));
        }

        return await TokenRequest.SendAsync(http, endpoint, form, headers: [], "access_token", rotated: null, cancellation).ConfigureAwait(false);
    }

    private string Sign(string pem, string client, string endpoint)
    {
        using var certificate = EntraCertificate.TryRead(pem) ?? throw new MintingFailedException("client_certificate is no certificate with its RSA key in PEM any more");
        return JwtAssertion.Sign(certificate.Certificate, certificate.Key, _time.GetUtcNow() - Skew, Lifetime, [new("aud", endpoint), new("iss", client), new("sub", client), JwtAssertion.NewId()]);
    }
}
