using IronProxy.Compiler.Files;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms.GcpAuth;

/// <summary>Checks tokens of Google Cloud.</summary>
internal static class GcpAuthValidator
{
    public static void Validate(GcpAuthConfig config, ValidationContext context)
    {
        KeyfileValidator.Validate(config, ["keyfile", "keyfile_path", "credentials_provider"], config.Keyfile, config.KeyfilePath, context);
        if (config.Subject is { } subject && context.RequireText(subject, "the subject") && config.Has("credentials_provider"))
        {
            context.Bag.SubjectWithoutKey(config.KeySpan("subject"));
        }

        context.RequireItems(config, "scopes", "scope");
        foreach (var scope in config.Scopes?.Items ?? [])
        {
            if (context.RequireText(scope, "the scope") && !LooksLikeScope(scope.Value))
            {
                context.Bag.GoogleScopeUnlikely(scope.Span, scope.Value);
            }
        }

        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        RuleValidator.Validate(config, config.Rules, context);
    }

    public static void CheckFiles(GcpAuthConfig config, NamedFilesCheck files) => files.CheckKeyfile(config.KeyfilePath);

    /// <summary>
    /// Google's scopes are URLs, but for those of OpenID Connect (https://developers.google.com/identity/protocols/oauth2/scopes). They are sent with blanks between them.
    /// </summary>
    private static bool LooksLikeScope(string scope) =>
        scope is "openid" or "email" or "profile" || (scope.StartsWith("https://", StringComparison.Ordinal) && !scope.AsSpan().ContainsAny(' ', ','));
}
