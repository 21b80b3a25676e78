using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.OauthToken;

/// <summary>Mints OAuth 2 access tokens and sets them on requests, so that workloads never hold a credential.</summary>
internal sealed record OauthTokenConfig : ConfigRecord
{
    /// <summary>The ways to a token. The first whose rules match a request is used.</summary>
    [Key("tokens", Required = true)]
    public LocatedList<OauthTokenEntryConfig>? Tokens { get; init; }
}
