using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>
/// Where a workload that asks for a token gets a stub, and what the stub is: a client library can finish its handshake and
/// never holds a credential.
/// </summary>
public static class TokenStubs
{
    /// <summary>The token that stands for the real one.</summary>
    public const string Token = "iron-proxy-stub-token";

    private const string GoogleTokenEndpoint = "https://oauth2.googleapis.com/token";

    private static readonly string[] MetadataHosts = ["metadata.google.internal", "169.254.169.254"];

    private static readonly PathPattern MetadataTokens = new("/computeMetadata/v1/instance/service-accounts/*/token");

    /// <summary>The entry whose token endpoint a request goes to. Null when it goes to none.</summary>
    public static OauthTokenPlan? Find(OauthTokenStepPlan step, CanonicalRequest request)
    {
        foreach (var token in step.Tokens)
        {
            if (IsAt(token.TokenEndpoint, request))
            {
                return token;
            }
        }

        return null;
    }

    /// <summary>Whether a request asks Google, or the metadata server of a machine there, for an access token.</summary>
    public static bool IsGoogleTokenRequest(CanonicalRequest request) =>
        IsAt(GoogleTokenEndpoint, request)
        || (MetadataHosts.Contains(request.Host.Text) && !request.IsDestination && MetadataTokens.Matches(request.Target.MatchPath));

    /// <summary>Whether a header's value is the stub with the prefix that the real token would get.</summary>
    public static bool IsStub(OauthTokenPlan token, string value) =>
        value.Equals(token.ValuePrefix + Token, StringComparison.OrdinalIgnoreCase);

    private static bool IsAt(string url, CanonicalRequest request) =>
        !request.IsDestination
        && CanonicalRequest.TryCreateFromUrl(request.Method!, url, out var endpoint) is null // Only destinations have no method.
        && endpoint.Scheme == request.Scheme
        && endpoint.Host == request.Host
        && endpoint.Port == request.Port
        && endpoint.Target.MatchPath == request.Target.MatchPath;
}
