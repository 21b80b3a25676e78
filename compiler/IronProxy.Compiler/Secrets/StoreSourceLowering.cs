using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets;

/// <summary>Lowers what sources in stores have in common.</summary>
internal static class StoreSourceLowering
{
    public static long Ttl(StoreSourceConfig config, LoweringContext context) =>
        config.Ttl is { } ttl ? DurationText.ParseMilliseconds(ttl, context.Repeated).Checked() : 0;

    public static long? FailureTtl(StoreSourceConfig config, LoweringContext context) =>
        config.FailureTtl is { } ttl ? DurationText.ParsePositiveMilliseconds(ttl, context.Repeated).Checked() : null;
}
