using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.OnePasswordConnect;

/// <summary>Lowers a source behind 1Password Connect.</summary>
internal static class OnePasswordConnectSourceLowering
{
    private const string DefaultHostEnv = "OP_CONNECT_HOST";
    private const string DefaultTokenEnv = "OP_CONNECT_TOKEN";

    public static OnePasswordConnectSourcePlan Lower(OnePasswordConnectSourceConfig config, LoweringContext context) => new()
    {
        SecretRef = config.SecretRef.Checked().Value,
        HostEnv = config.HostEnv?.Value ?? DefaultHostEnv,
        TokenEnv = config.TokenEnv?.Value ?? DefaultTokenEnv,
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
