using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
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
        TtlMs = config.Ttl is { } ttl ? DurationText.ParseMilliseconds(ttl, context.Repeated).Checked() : 0,
        At = config.At,
    };
}
