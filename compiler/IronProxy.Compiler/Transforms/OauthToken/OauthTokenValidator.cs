using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.OauthToken;

/// <summary>Checks tokens of OAuth 2.</summary>
internal static class OauthTokenValidator
{
    public static void Validate(OauthTokenConfig config, ValidationContext context)
    {
        context.RequireItems(config, "tokens", "token");
        foreach (var token in config.Tokens?.Items ?? [])
        {
            Validate(token, context);
        }
    }

    private static void Validate(OauthTokenEntryConfig token, ValidationContext context)
    {
        ValidateGrant(token, context);
        if (token.TokenEndpoint is { } endpoint)
        {
            UrlText.Parse(endpoint, context.Bag);
        }

        foreach (var scope in token.Scopes?.Items ?? [])
        {
            context.RequireText(scope, "the scope");
        }

        if (token.Header is { } header)
        {
            HeaderText.ParseSecretTarget(header, context.Bag);
        }

        if (token.ValuePrefix is { Value: not "" } prefix)
        {
            context.RequireText(prefix, "the prefix");
        }

        if (token.StateFile is { } file)
        {
            context.RequireText(file, "the path");
        }

        if (token.Audience is { } audience)
        {
            context.RequireText(audience, "the audience");
        }

        if (token.Require is { Value: false })
        {
            context.Bag.TokenNotRequired(token.KeySpan("require"));
        }

        SourceValidator.ValidateMap(token.TokenEndpointHeaders, name => HeaderText.ParseSecretTarget(name, context.Bag), context);
        ScrubbingValidator.Validate(token, token.ScrubResponses, token.ScrubStrict, context);
        context.RequireItems(token, "rules", "rule");
        RuleValidator.Validate(token, token.Rules, context);
    }

    private static void ValidateGrant(OauthTokenEntryConfig token, ValidationContext context)
    {
        foreach (var key in OauthGrant.Keys)
        {
            SourceValidator.Validate(token.Credential(key), context);
        }

        if (OauthGrant.Find(token.Grant?.Value ?? "") is not { } grant)
        {
            return;
        }

        foreach (var key in grant.Required.Where(k => !token.Has(k)))
        {
            context.Bag.CredentialMissing(token.KeySpan("grant"), key, "grant " + grant.Name);
        }

        foreach (var key in OauthGrant.AllKeys.Where(k => token.Has(k) && !grant.Required.Contains(k) && !grant.Optional.Contains(k)))
        {
            context.Bag.CredentialUnused(token.KeySpan(key), key, "grant " + grant.Name);
        }
    }
}
