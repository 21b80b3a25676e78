namespace IronProxy.Plan;

/// <summary>Where a workload that asks Azure for a token gets a stub: at the token endpoints of Microsoft Entra ID, whatever the tenant, and at the metadata server that machines of Azure have.</summary>
public sealed class AzureStubs
{
    private const string MetadataAddress = "169.254.169.254";

    private readonly CanonicalRequest? _at;

    /// <summary>Prepares it.</summary>
    /// <param name="authorityHost">URL of Microsoft Entra ID, as the plan has it.</param>
    public AzureStubs(string authorityHost) => _at = CanonicalRequest.TryCreateFromUrl("POST", authorityHost, out var at) is null ? at : null;

    /// <summary>URL at which a tenant gives tokens.</summary>
    public static string TokenEndpoint(string authorityHost, string tenant) => $"{authorityHost}/{tenant}/oauth2/v2.0/token";

    /// <summary>Whether a request asks for a token: a path of a tenant, in either version.</summary>
    public bool IsTokenRequest(CanonicalRequest request)
    {
        if (request.IsDestination || _at is not { } at || at.Scheme != request.Scheme || at.Host != request.Host || at.Port != request.Port)
        {
            return false;
        }

        var path = new PathSegments(request.Target.MatchPath);
        if (path.Next().IsEmpty || !path.NextIs("oauth2"))
        {
            return false;
        }

        var next = path.Next();
        return (next.Equals("v2.0", StringComparison.OrdinalIgnoreCase) ? path.NextIs("token") : next.Equals("token", StringComparison.OrdinalIgnoreCase)) && path.IsAtEnd;
    }

    /// <summary>
    /// Whether a request asks the metadata server that machines of Azure have, whatever it asks for: the real one has more to give than a token. The address is that of other
    /// clouds as well, whose paths are left alone.
    /// </summary>
    public static bool IsMetadataRequest(CanonicalRequest request) =>
        !request.IsDestination && request.Host.Text == MetadataAddress && new PathSegments(request.Target.MatchPath).NextIs("metadata");
}
