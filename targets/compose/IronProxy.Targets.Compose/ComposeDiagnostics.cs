using IronProxy.Diagnostics;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Compose;

/// <summary>Preflight findings of the target compose: IRON311x and IRON312x.</summary>
internal static class ComposeDiagnostics
{
    public static void NoDns(this PreflightReport report) =>
        report.AtKey("IRON3111", DiagnosticSeverity.Error, "dns.listen", "without a DNS server that answers with dns.proxy_ip, nothing leads the workload to the proxy", "write dns: {listen: \":53\", proxy_ip: \"172.20.0.2\"}");

    public static void ProxyIpNotInSubnet(this PreflightReport report, string proxyIp, string subnet, string gateway) =>
        report.AtKey("IRON3112", DiagnosticSeverity.Error, "dns.proxy_ip", $"the proxy cannot have the address {proxyIp} in {subnet}", $"choose an address inside it that is not the network's, {gateway} (the host's) or the last; or set the option 'subnet'");

    public static void SubnetUnusable(this PreflightReport report, string option, string subnet) =>
        report.AtOption("IRON3113", DiagnosticSeverity.Error, $"the option '{option}' cannot be {subnet}", "write an IPv4 network of at least 8 addresses, such as 172.20.0.0/24; IPv6 is closed to the workload");

    public static void NothingToAskForHealth(this PreflightReport report) =>
        report.AtKey("IRON3114", DiagnosticSeverity.Error, "metrics.listen", "the workload starts when the proxy is ready, and without a metrics listener nobody can tell", "write metrics: {listen: \"127.0.0.1:9090\"}");

    public static void ListenerUnreachable(this PreflightReport report, string key, int port) =>
        report.AtKey("IRON3115", DiagnosticSeverity.Error, key, "a listener on a loopback address cannot be reached from the workload's container", $"write \":{port}\"");

    public static void PortNotTheUsual(this PreflightReport report, string key, int port, int expected) =>
        report.AtKey("IRON3116", DiagnosticSeverity.Error, key, $"workloads come to port {expected}, and nothing here redirects them to {port}", $"write \":{expected}\"");

    public static void CaFolderNotItsOwn(this PreflightReport report, string key, string path) =>
        report.AtKey("IRON3117", DiagnosticSeverity.Error, key, $"{path} is in a folder that a volume for the CA would hide", "put the CA into a folder of its own, such as /certs");

    public static void CaLivesLong(this PreflightReport report, int days, int recommended) =>
        report.AtOption("IRON3118", DiagnosticSeverity.Warning, $"a CA of {days} days lives longer than containers should trust it", $"set the option 'ca_days' to {recommended} or less; it is renewed at a start");

    public static void ManagementReachable(this PreflightReport report, int port) =>
        report.AtKey("IRON3119", DiagnosticSeverity.Warning, "management.listen", $"the workload can reach the management API on port {port}", $"write \"127.0.0.1:{port}\" and use it with docker compose exec");

    public static void BridgeNameTooLong(this PreflightReport report, string name, int max) =>
        report.AtOption("IRON3120", DiagnosticSeverity.Error, $"the option 'bridge' cannot be {name}", $"Linux takes at most {max} characters for the name of an interface");

    public static void SubnetsOverlap(this PreflightReport report, string subnet, string egress) =>
        report.AtOption("IRON3121", DiagnosticSeverity.Error, $"the networks {subnet} and {egress} overlap", "set the options 'subnet' and 'egress_subnet' to networks that have no address in common");

    public static void MetricsReachable(this PreflightReport report, int port) =>
        report.AtKey("IRON3122", DiagnosticSeverity.Warning, "metrics.listen", $"the workload can reach the metrics on port {port}", $"write \"127.0.0.1:{port}\": the health check asks inside of the proxy's container");

    public static void WorkloadIsProxy(this PreflightReport report, int user) =>
        report.AtOption("IRON3123", DiagnosticSeverity.Warning, $"the workload runs as the proxy's user {user}: files of the host that are for one of them are for both", "set the option 'workload_user' to another number");
}
