using IronProxy.Compiler.Binding;
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
        ValidateLists(config, config.Domains, config.Cidrs, config.Rules, context);
        if (!context.Structure.IsBroken(config) && config.Node.Entries.All(IsEmpty))
        {
            context.Bag.AllowlistEmpty(config.Span);
        }
    }

    /// <summary>Checks the lists of an allowlist, which a file of egress rules has, too.</summary>
    public static void ValidateLists(
        ConfigRecord record, LocatedList<Located<string>>? domains, LocatedList<Located<string>>? cidrs, LocatedList<RuleConfig>? rules, ValidationContext context)
    {
        foreach (var domain in domains?.Items ?? [])
        {
            HostText.ParsePattern(domain, context.Bag);
        }

        foreach (var cidr in cidrs?.Items ?? [])
        {
            NetworkText.Parse(cidr, context.Bag);
        }

        RuleValidator.Validate(record, rules, context);
    }

    private static bool IsEmpty(YamlEntry entry) => entry.Key.Value == "warn" || entry.Value.IsNull || entry.Value is YamlSequence { Items.Count: 0 };
}
