using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Matchers;

/// <summary>Checks the rules of a transform that reads what requests ask for.</summary>
internal static class JudgedRules
{
    public static void Validate(ConfigRecord config, LocatedList<RuleConfig>? rules, ValidationContext context)
    {
        context.RequireItems(config, "rules", "rule");
        RuleValidator.Validate(config, rules, context);
        foreach (var rule in (rules?.Items ?? []).Where(r => r.Methods is { Items: var methods } && !methods.Any(m => m.Value == "*")))
        {
            context.Bag.JudgedByMethod(rule.KeySpan("methods"));
        }
    }
}
