using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.HeaderAllowlist;

/// <summary>Lowers a header allowlist.</summary>
internal static class HeaderAllowlistLowering
{
    public static HeaderAllowlistStepPlan Lower(HeaderAllowlistConfig config, LoweringContext context) => new()
    {
        Headers = [.. (config.Headers?.Items ?? []).Select(h => HeaderText.ParsePattern(h, context.Repeated, secretTarget: false).Checked())],
        Rules = RuleLowering.Lower(config.Rules, context),
        At = config.At,
    };
}
