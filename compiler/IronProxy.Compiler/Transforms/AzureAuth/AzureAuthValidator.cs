using System.Collections.Immutable;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.AzureAuth;

/// <summary>Checks tokens of Microsoft Entra ID.</summary>
internal static class AzureAuthValidator
{
    /// <summary>What an application can show, by its keys.</summary>
    public static readonly ImmutableArray<string> Credentials = ["client_secret", "client_certificate", "federated_token"];

    private const string Provider = "credentials_provider";

    private const string DefaultScope = "/.default";

    /// <summary>Names that stand for any tenant, where users sign in. An application is in one.</summary>
    private static readonly ImmutableArray<string> AnyTenant = ["common", "organizations", "consumers"];

    public static void Validate(AzureAuthConfig config, ValidationContext context)
    {
        ValidateIdentity(config, context);
        if (config.Scope is { } scope && context.RequireText(scope, "the scope") && !IsScope(scope.Value))
        {
            context.Bag.AzureScopeInvalid(scope.Span, scope.Value);
        }

        if (config.AuthorityHost is { } authority && UrlText.Parse(authority, context.Bag, "https://login.microsoftonline.com") is not null && (!Uri.TryCreate(authority.Value, UriKind.Absolute, out var url) || url.PathAndQuery != "/"))
        {
            context.Bag.UrlInvalid(authority.Span, "it has a path, and that of a token endpoint is the tenant's", "scheme and host, such as https://login.microsoftonline.us");
        }

        context.RequireItems(config, "rules", "rule");
        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        RuleValidator.Validate(config, config.Rules, context);
    }

    private static void ValidateIdentity(AzureAuthConfig config, ValidationContext context)
    {
        foreach (var key in Credentials)
        {
            SourceValidator.Validate(config.Credential(key), context);
        }

        var written = Credentials.Add(Provider).Where(config.Has).ToArray();
        if (written.Length == 0 && !context.Structure.IsBroken(config))
        {
            context.Bag.IdentityMissing(config.Span, string.Join(" or ", Credentials.Add(Provider).Select(k => $"{k}:")));
        }

        foreach (var other in written.Skip(1))
        {
            context.Bag.IdentityTwice(config.KeySpan(other), other, written[0]);
        }

        ValidateIds(config, written.FirstOrDefault(), context);
    }

    private static void ValidateIds(AzureAuthConfig config, string? way, ValidationContext context)
    {
        foreach (var key in (string[])["tenant_id", "client_id"])
        {
            if (way is not (null or Provider) && !config.Has(key))
            {
                context.Bag.CredentialMissing(config.KeySpan(way), key, way);
            }
        }

        if (config.CredentialsProvider?.Type?.Value == AzureProviderConfig.ManagedIdentity && config.Has("tenant_id"))
        {
            context.Bag.CredentialUnused(config.KeySpan("tenant_id"), "tenant_id", $"{Provider} {AzureProviderConfig.ManagedIdentity}");
        }

        if (config.TenantId is { } tenant && context.RequireText(tenant, "the tenant") && !IsTenant(tenant.Value))
        {
            context.Bag.AzureIdInvalid(tenant.Span, tenant.Value, "tenant of an application", "write the directory (tenant) id, or a domain of it, such as example.onmicrosoft.com");
        }

        if (config.ClientId is { } client && context.RequireText(client, "the client id") && !IsId(client.Value))
        {
            context.Bag.AzureIdInvalid(client.Span, client.Value, "id of an application", "write the application (client) id, 32 hexadecimal digits with hyphens");
        }
    }

    private static bool IsId(string text) => Guid.TryParseExact(text, "D", out _);

    /// <summary>It becomes a part of a path.</summary>
    private static bool IsTenant(string text) =>
        !AnyTenant.Contains(text, StringComparer.OrdinalIgnoreCase) && (IsId(text) || (text.Contains('.', StringComparison.Ordinal) && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')));

    private static bool IsScope(string text) =>
        text.EndsWith(DefaultScope, StringComparison.Ordinal) && text.Length > DefaultScope.Length && text.All(c => c is > ' ' and < '\x7f') && text.IndexOf(DefaultScope, StringComparison.Ordinal) == text.Length - DefaultScope.Length;
}
