using IronProxy.Compiler.Rules;
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
        if (config is { Domains: null or { Items.Count: 0 }, Cidrs: null or { Items.Count: 0 }, Rules: null or { Items.Count: 0 } }
            && !context.Structure.IsBroken(config))
        {
            context.Bag.AllowlistEmpty(config.Span);
        }
    }
}
