using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.JsonRpc;

/// <summary>Lowers a JSON-RPC policy.</summary>
internal static class JsonRpcLowering
{
    public static JsonRpcStepPlan Lower(JsonRpcConfig config, LoweringContext context) => new()
    {
        Name = config.Name.Checked().Value,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        Methods = [.. (config.Methods?.Items ?? []).Select(m => MatcherLowering.LowerEntry(m.Name, m.When, m.At, context))],
        Error = MatcherLowering.LowerError(config.Error),
        At = config.At,
    };
}
