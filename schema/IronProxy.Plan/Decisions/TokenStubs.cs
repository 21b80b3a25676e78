using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>
/// Where a workload that asks for a token gets a stub, and what the stub is: a client library can finish its handshake and
/// never holds a credential.
/// </summary>
public static class TokenStubs
{
    /// <summary>The token that stands for the real one.</summary>
    public const string Token = "iron-proxy-stub-token";

    /// <summary>Where Google's libraries ask for access tokens.</summary>
    internal const string GoogleTokenUrl = "https://oauth2.googleapis.com/token";

    private static readonly StubbedEndpoint GoogleTokenEndpoint = new(GoogleTokenUrl);

    private const string MetadataName = "metadata.google.internal";

    private const string MetadataAddress = "169.254.169.254";

    private const string MetadataPath = "/computeMetadata";

    /// <summary>The entry whose token endpoint a request goes to. Null when it goes to none.</summary>
    public static OauthTokenPlan? Find(ImmutableArray<OauthTokenPlan> tokens, CanonicalRequest request)
    {
        foreach (var token in tokens)
        {
            if (new StubbedEndpoint(token.TokenEndpoint).IsAskedBy(request))
            {
                return token;
            }
        }

        return null;
    }

    /// <summary>Whether a request asks Google for an access token.</summary>
    public static bool IsGoogleTokenRequest(CanonicalRequest request) => GoogleTokenEndpoint.IsAskedBy(request);

    /// <summary>
    /// Whether a request asks the metadata server that machines of Google Cloud have, whatever it asks for: the real one has more to give than a token. The address is
    /// that of other clouds as well, whose paths are left alone.
    /// </summary>
    public static bool IsGoogleMetadataRequest(CanonicalRequest request) =>
        !request.IsDestination && request.Host.Text switch
        {
            MetadataName => true,
            MetadataAddress => request.Target.MatchPath is "/" or MetadataPath || request.Target.MatchPath.StartsWith(MetadataPath + "/", StringComparison.Ordinal),
            _ => false,
        };

    /// <summary>Whether a header's value is the stub with the prefix that the real token would get.</summary>
    public static bool IsStub(OauthTokenPlan token, string value) =>
        value.Equals(token.ValuePrefix + Token, StringComparison.OrdinalIgnoreCase);
}
