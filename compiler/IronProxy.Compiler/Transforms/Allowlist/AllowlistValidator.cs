using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Allowlist;

/// <summary>Checks an allowlist.</summary>
internal static class AllowlistValidator
{
    /// <summary>What a rule cannot ask of TLS that nobody opens, and the scheme, which is https.</summary>
    private static readonly string[] Unseen = ["methods", "paths", "schemes"];

    public static void Validate(AllowlistConfig config, ValidationContext context)
    {
        ValidateLists(config, config.Domains, config.Cidrs, config.Rules, context);
        foreach (var rule in (config.Rules?.Items ?? []).Where(r => r.PassesThrough))
        {
            foreach (var key in Unseen.Where(rule.Has))
            {
                context.Bag.PassedThroughUnseen(rule.KeySpan(key), key);
            }
        }

        if (!context.Structure.IsBroken(config) && config.Node.Entries.All(IsEmpty))
        {
            context.Bag.AllowlistEmpty(config.Span);
        }
    }

    /// <summary>Checks the lists of an allowlist, which a file of egress rules has, too.</summary>
    public static void ValidateLists<T>(
        ConfigRecord record, LocatedList<Located<string>>? domains, LocatedList<Located<string>>? cidrs, LocatedList<T>? rules, ValidationContext context)
        where T : RuleConfig
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
