using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.OnePassword;

/// <summary>Lowers a source in 1Password.</summary>
internal static class OnePasswordSourceLowering
{
    private const string DefaultTokenEnv = "OP_SERVICE_ACCOUNT_TOKEN";

    public static OnePasswordSourcePlan Lower(OnePasswordSourceConfig config, LoweringContext context) => new()
    {
        SecretRef = config.SecretRef.Checked().Value,
        TokenEnv = config.TokenEnv?.Value ?? DefaultTokenEnv,
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
