using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.AwsSm;

/// <summary>Lowers a source in AWS Secrets Manager.</summary>
internal static class AwsSmSourceLowering
{
    public static AwsSmSourcePlan Lower(AwsSmSourceConfig config, LoweringContext context) => new()
    {
        SecretId = config.SecretId.Checked().Value,
        Region = config.Region?.Value,
        TtlMs = config.Ttl is { } ttl ? DurationText.ParseMilliseconds(ttl, context.Repeated).Checked() : 0,
        At = config.At,
    };
}
