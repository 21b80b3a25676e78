using IronProxy.Compiler.Files;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Transforms.GcpAuth;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms.GcpIdToken;

/// <summary>Checks identity tokens of Google.</summary>
internal static class GcpIdTokenValidator
{
    public static void Validate(GcpIdTokenConfig config, ValidationContext context)
    {
        KeyfileValidator.Validate(config, ["keyfile", "keyfile_path"], config.Keyfile, config.KeyfilePath, context);
        if (config.Audience is { } audience)
        {
            context.RequireText(audience, "the audience");
        }

        context.RequireItems(config, "rules", "rule");
        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        RuleValidator.Validate(config, config.Rules, context);
    }

    public static void CheckFiles(GcpIdTokenConfig config, NamedFilesCheck files) => files.CheckKeyfile(config.KeyfilePath);
}
