using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.AwsSsm;

/// <summary>Lowers a source in AWS Systems Manager.</summary>
internal static class AwsSsmSourceLowering
{
    public static AwsSsmSourcePlan Lower(AwsSsmSourceConfig config, LoweringContext context) => new()
    {
        Name = config.Name.Checked().Value,
        Region = config.Region?.Value,
        WithDecryption = config.WithDecryption?.Value ?? true,
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
