using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Allowlist;

/// <summary>Checks an allowlist.</summary>
internal static class AllowlistValidator
{
    public static void Validate(AllowlistConfig config, ValidationContext context)
    {
        foreach (var domain in config.Domains?.Items ?? [])
        {
            HostText.ParsePattern(domain, context.Bag);
        }

        foreach (var cidr in config.Cidrs?.Items ?? [])
        {
            NetworkText.Parse(cidr, context.Bag);
        }

        RuleValidator.Validate(config.Rules, context);
        if (!context.Structure.IsBroken(config) && config.Node.Entries.All(IsEmpty))
        {
            context.Bag.AllowlistEmpty(config.Span);
        }
    }

    private static bool IsEmpty(YamlEntry entry) => entry.Key.Value == "warn" || entry.Value.IsNull || entry.Value is YamlSequence { Items.Count: 0 };
}
