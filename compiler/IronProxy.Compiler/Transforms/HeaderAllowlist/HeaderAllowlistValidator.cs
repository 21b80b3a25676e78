using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.HeaderAllowlist;

/// <summary>Checks a header allowlist.</summary>
internal static class HeaderAllowlistValidator
{
    public static void Validate(HeaderAllowlistConfig config, ValidationContext context)
    {
        foreach (var header in config.Headers?.Items ?? [])
        {
            HeaderText.ParsePattern(header, context.Bag, secretTarget: false);
        }

        RuleValidator.Validate(config, config.Rules, context);
    }
}
