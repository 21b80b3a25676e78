using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
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
        TtlMs = config.Ttl is { } ttl ? DurationText.ParseMilliseconds(ttl, context.Repeated).Checked() : 0,
        At = config.At,
    };
}
