using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Limits;

/// <summary>Lowers the section limits. What is absent stays so: defaults depend on where the plan runs.</summary>
internal static class LimitsLowering
{
    public static LimitsPlan? Lower(LimitsConfig? config, LoweringContext context) => config is null ? null : new LimitsPlan
    {
        ClientConnections = Int(config.ClientConnections),
        ClientConnectionsPerAddress = Int(config.ClientConnectionsPerAddress),
        UpstreamConnections = Int(config.UpstreamConnections),
        Requests = Int(config.Requests),
        RequestsPerAddress = Int(config.RequestsPerAddress),
        NewCertificatesPerMinute = Int(config.NewCertificatesPerMinute),
        WrongPasswordsPerMinute = Int(config.WrongPasswordsPerMinute),
        BufferedBodyBytes = config.BufferedBodyBytes?.Value,
        MinBodyBytesPerSecond = config.MinBodyBytesPerSecond?.Value,
        IdleTimeoutMs = Milliseconds(config.IdleTimeout, context),
        TunnelIdleTimeoutMs = Milliseconds(config.TunnelIdleTimeout, context),
    };

    private static long? Milliseconds(Located<string>? value, LoweringContext context) =>
        value is { } timeout ? DurationText.ParsePositiveMilliseconds(timeout, context.Repeated).Checked() : null;

    private static int? Int(Located<long>? value) => (int?)value?.Value;
}
