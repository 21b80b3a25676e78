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
            context.RequireText(scope, "the scope");
        }

        RuleValidator.Validate(config, config.Rules, context);
    }

    public static void CheckFiles(GcpAuthConfig config, NamedFilesCheck files) => files.CheckKeyfile(config.KeyfilePath);
}
