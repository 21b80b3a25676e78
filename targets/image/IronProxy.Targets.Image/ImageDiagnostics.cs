using IronProxy.Diagnostics;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Image;

/// <summary>Preflight findings of the target image: IRON310x.</summary>
internal static class ImageDiagnostics
{
    public static void RunsAsRoot(this PreflightReport report) =>
        report.AtOption("IRON3101", DiagnosticSeverity.Warning, "the image runs as root", "leave the option 'user' at 10001; ports below 1024 need no root, see the README");

    public static void PortsNeedSysctl(this PreflightReport report, string key, IEnumerable<int> ports, string user) =>
        report.AtKey(
            "IRON3102",
            DiagnosticSeverity.Information,
            key,
            $"user {user} may bind {string.Join(", ", ports)} only where ports below 1024 are free to all",
            "run it with --sysctl net.ipv4.ip_unprivileged_port_start=0; Docker from 20.10 on sets it by itself");

    public static void NoHealthCheck(this PreflightReport report) =>
        report.AtKey("IRON3103", DiagnosticSeverity.Warning, "metrics.listen", "without a metrics listener the image has no health check", "write metrics: {listen: \"127.0.0.1:9090\"}");
}
