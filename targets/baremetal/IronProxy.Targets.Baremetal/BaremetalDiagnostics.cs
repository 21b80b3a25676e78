using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Baremetal;

/// <summary>What is known to go wrong on a host: IRON32xx.</summary>
internal static class BaremetalDiagnostics
{
    public static void ListenerMissing(this PreflightReport report, string key, string routing, string example) =>
        report.AtKey("IRON3201", DiagnosticSeverity.Error, key, $"routing={routing} needs {key}, which is off", $"write {key}: \"{example}\"");

    public static void ListenerNotOnLoopback(this PreflightReport report, DeploymentListener listener) =>
        report.AtKey("IRON3202", DiagnosticSeverity.Error, listener.Key, $"{listener.Key} does not listen on 127.0.0.1, where the workload's connections arrive", $"write \":{listener.Port}\" for IPv4 and IPv6 (the firewall closes it to other hosts), or \"127.0.0.1:{listener.Port}\"");

    public static void ProxyIpIsElsewhere(this PreflightReport report, string proxyIp) =>
        report.AtKey("IRON3203", DiagnosticSeverity.Warning, "dns.proxy_ip", $"{proxyIp} is no address of loopback: the workload reaches the proxy only while the host has a route to it", "write 127.0.0.1");

    public static void PortOfResolved(this PreflightReport report, DeploymentListener listener) =>
        report.AtKey("IRON3204", DiagnosticSeverity.Warning, listener.Key, "port 53 is taken where systemd-resolved runs, and then the proxy does not start", "write \":8053\": the firewall leads the workload's port 53 there");

    public static void OperatorsListenerIsOpen(this PreflightReport report, DeploymentListener listener) =>
        report.AtKey("IRON3205", DiagnosticSeverity.Warning, listener.Key, $"{listener.Key} listens on more than loopback; the firewall closes it to the workload and to other hosts", $"write \"127.0.0.1:{listener.Port}\"");

    public static void PathRelative(this PreflightReport report, NamedPath path) =>
        report.At("IRON3206", DiagnosticSeverity.Error, path.Key, path.At, $"'{path.Path}' depends on the folder that the proxy runs in", $"write an absolute path, such as {BaremetalTarget.ConfigFolder}/{path.Path.Split('/')[^1]}");

    public static void PathHidden(this PreflightReport report, NamedPath path, string folder) =>
        report.At("IRON3207", DiagnosticSeverity.Error, path.Key, path.At, $"the service does not see {path.Path}: its unit hides {folder}", $"put it into {BaremetalTarget.ConfigFolder}");

    public static void PathUnusual(this PreflightReport report, NamedPath path) =>
        report.At("IRON3208", DiagnosticSeverity.Error, path.Key, path.At, $"'{path.Path}' has characters that do not belong into scripts and unit files", "write an absolute path of letters, digits, '-', '_', '.' and '/'");

    public static void UserInvalid(this PreflightReport report, string option, string user) =>
        report.AtOption("IRON3209", DiagnosticSeverity.Error, $"the option '{option}' has '{user}', which is no name of a user", "write names or numbers of users with commas between them");

    public static void NoUsers(this PreflightReport report) =>
        report.AtOption("IRON3214", DiagnosticSeverity.Error, "the option 'workload_users' is empty, so that nobody would be held", "write the users that run workloads, or --set scope=all");

    public static void WorkloadIsTrusted(this PreflightReport report, string user, string why) =>
        report.AtOption("IRON3210", DiagnosticSeverity.Error, $"'{user}' cannot be a workload user: {why}", "let the workload run as a user of its own (useradd -m app)");

    public static void PortInvalid(this PreflightReport report, string option, string port) =>
        report.AtOption("IRON3211", DiagnosticSeverity.Error, $"the option '{option}' has '{port}'", "write ports from 1 to 65535 or ranges such as 3000-3999, with commas between them");

    public static void PortIsOperators(this PreflightReport report, string port, DeploymentListener listener) =>
        report.AtOption("IRON3212", DiagnosticSeverity.Error, $"the option 'loopback_ports' has '{port}', which would open {listener.Key} to the workload", "leave it out");

    public static void PortIsTheProxys(this PreflightReport report, string port, DeploymentListener listener) =>
        report.AtOption("IRON3217", DiagnosticSeverity.Error, $"the option 'serve_ports' has '{port}', where {listener.Key} listens, which the firewall closes to other hosts", "name ports of the workload's own servers");

    public static void WorkloadIsNoClient(this PreflightReport report, string routing) =>
        report.AtKey("IRON3218", DiagnosticSeverity.Error, "proxy.clients", $"routing={routing} leads the workload to the tunnel listener without a user name, and no client is named by the network that it comes from", "add a client with networks: [127.0.0.1/32], or deploy with --set routing=transparent");

    public static void TunnelSpeaksTls(this PreflightReport report, string routing) =>
        report.AtKey("IRON3219", DiagnosticSeverity.Error, "proxy.tunnel_tls", $"routing={routing} leads the workload to the tunnel listener by an http URL, and this one speaks TLS", "remove tunnel_tls: nothing but loopback is between the workload and the proxy");

    public static void CaLivesLong(this PreflightReport report, int days) =>
        report.AtOption("IRON3213", DiagnosticSeverity.Warning, $"a CA of {days} days is trusted for long after its key has leaked", "a host that runs for long should have one of 90 to 365 days");

    public static void ProxyIsRoot(this PreflightReport report) =>
        report.AtOption("IRON3215", DiagnosticSeverity.Error, "the option 'proxy_user' is root, so that whoever takes over the proxy has the host", "leave it at iron-proxy, or name a user without rights; it is made when it is missing");

    public static void VariableUnusable(this PreflightReport report, RequiredSecret variable) =>
        report.At("IRON3216", DiagnosticSeverity.Error, variable, $"systemd and shells do not pass on a variable with the name '{variable.Name}'", "write a name of letters, digits and '_' that does not begin with a digit");
}

/// <summary>A path in a policy, and where it is written: at a key, or at the entry of a secret.</summary>
internal sealed record NamedPath(string Path, string? Key, SourcePosition At);
