using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.GcpSm;

/// <summary>Lowers a source in Google Secret Manager.</summary>
internal static class GcpSmSourceLowering
{
    public static GcpSmSourcePlan Lower(GcpSmSourceConfig config, LoweringContext context) => new()
    {
        SecretId = GcpSecretName.Parse(config.SecretId.Checked(), context.Repeated).Checked(),
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
