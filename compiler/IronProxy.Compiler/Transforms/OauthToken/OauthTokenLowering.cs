using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.OauthToken;

/// <summary>Lowers tokens of OAuth 2.</summary>
internal static class OauthTokenLowering
{
    private const string DefaultHeader = "Authorization";
    private const string DefaultPrefix = "Bearer ";

    public static OauthTokenStepPlan Lower(OauthTokenConfig config, LoweringContext context) => new()
    {
        Tokens = [.. config.Tokens.Checked().Items.Select(t => LowerToken(t, context))],
        At = config.At,
    };

    private static OauthTokenPlan LowerToken(OauthTokenEntryConfig token, LoweringContext context) => new()
    {
        Grant = token.Grant.Checked().Value,
        TokenEndpoint = UrlText.Parse(token.TokenEndpoint.Checked(), context.Repeated).Checked(),
        Scopes = [.. (token.Scopes?.Items ?? []).Select(s => s.Value)],
        Credentials = [.. OauthGrant.Keys.Select(k => SourceLowering.Lower(k, token.Credential(k), context)).OfType<CredentialPlan>()],
        StateFile = token.StateFile?.Value,
        Audience = token.Audience?.Value,
        TokenEndpointHeaders = SourceLowering.LowerMap(token.TokenEndpointHeaders, context),
        Header = token.Header?.Value ?? DefaultHeader,
        ValuePrefix = token.ValuePrefix?.Value ?? DefaultPrefix,
        RequireStub = token.RequireStub?.Value ?? false,
        GoesWithout = token.Require?.Value is false,
        ScrubResponses = token.ScrubResponses?.Value ?? false,
        ScrubStrict = token.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(token.Rules, context).Checked(),
        At = token.At,
    };
}
