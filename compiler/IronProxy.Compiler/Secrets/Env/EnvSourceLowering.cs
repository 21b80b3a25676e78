using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.Env;

/// <summary>Lowers an env source.</summary>
internal static class EnvSourceLowering
{
    public static EnvSourcePlan Lower(EnvSourceConfig config, LoweringContext context) => new() { Var = config.Var.Checked().Value, At = config.At };
}
