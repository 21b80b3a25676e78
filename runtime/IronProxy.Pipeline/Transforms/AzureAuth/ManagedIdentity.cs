using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// What a machine of Azure is to Microsoft Entra ID: it asks the metadata server, or what App Service and Container Apps have in its place
/// (https://learn.microsoft.com/azure/app-service/overview-managed-identity).
/// </summary>
internal sealed class ManagedIdentity
{
    private const string MetadataServer = "http://169.254.169.254";

    private readonly string _url;
    private readonly KeyValuePair<string, string> _header;

    public ManagedIdentity(AzureAuthStepPlan plan, IStepServices services)
    {
        var query = $"resource={Uri.EscapeDataString(plan.Scope[..^"/.default".Length])}{(plan.ClientId is { } client ? $"&client_id={client}" : "")}";
        if (services.MachineVariable("IDENTITY_ENDPOINT") is { Length: > 0 } endpoint && services.MachineVariable("IDENTITY_HEADER") is { Length: > 0 } secret)
        {
            _url = $"{endpoint}?api-version=2019-08-01&{query}";
            _header = new("X-IDENTITY-HEADER", secret);
        }
        else
        {
            // Microsoft's libraries know the variable, too.
            var server = services.MachineVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST") is { Length: > 0 } other ? other.TrimEnd('/') : MetadataServer;
            _url = $"{server}/metadata/identity/oauth2/token?api-version=2018-02-01&{query}";
            _header = new("Metadata", "true");
        }
    }

    /// <summary>Asks for a token.</summary>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation) => TokenRequest.GetAsync(http, _url, _header, cancellation);
}
