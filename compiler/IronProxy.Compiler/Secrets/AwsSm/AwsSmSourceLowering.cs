using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.AwsSm;

/// <summary>Lowers a source in AWS Secrets Manager.</summary>
internal static class AwsSmSourceLowering
{
    public static AwsSmSourcePlan Lower(AwsSmSourceConfig config, LoweringContext context) => new()
    {
        SecretId = config.SecretId.Checked().Value,
        Region = config.Region?.Value,
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
