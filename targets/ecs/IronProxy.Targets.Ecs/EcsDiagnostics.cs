using IronProxy.Diagnostics;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Ecs;

/// <summary>Preflight findings of the target ecs: IRON34xx.</summary>
internal static class EcsDiagnostics
{
    public static void FargateCannotEnforce(this PreflightReport report) =>
        report.AtOption("IRON3401", DiagnosticSeverity.Error, "on Fargate a task can neither be given another DNS server nor the capability to set firewall rules, so nothing would keep a workload from going around the proxy", "leave the option 'launch_type' at ec2");

    public static void NoDns(this PreflightReport report, string address) =>
        report.AtKey("IRON3402", DiagnosticSeverity.Error, "dns.listen", "without a DNS server that answers with dns.proxy_ip, nothing leads the workload to the proxy", $"write dns: {{listen: \"{address}:53\", proxy_ip: \"{address}\"}}");

    public static void ProxyIpNotTheBridges(this PreflightReport report, string proxyIp, string bridge) =>
        report.AtKey("IRON3403", DiagnosticSeverity.Error, "dns.proxy_ip", $"the proxy listens on the instance's side of the Docker bridge, which is {bridge} and not {proxyIp}", $"write \"{bridge}\", or set the option 'bridge_address'");

    public static void ListenerUnreachable(this PreflightReport report, string key, string address, string bridge, int port) =>
        report.AtKey("IRON3404", DiagnosticSeverity.Error, key, $"workloads cannot reach a listener on {address}", $"write \"{bridge}:{port}\"");

    public static void ListenerOnAllAddresses(this PreflightReport report, string key, string bridge, int port) =>
        report.AtKey("IRON3405", DiagnosticSeverity.Warning, key, $"this listens on every address of the instance, and only the instance's rules keep others in the network from port {port}", $"write \"{bridge}:{port}\"");

    public static void PortNotTheUsual(this PreflightReport report, string key, string address, int port, int expected) =>
        report.AtKey("IRON3406", DiagnosticSeverity.Error, key, $"workloads come to port {expected}, and nothing here redirects them to {port}", $"write \"{address}:{expected}\"");

    public static void NothingToAskForHealth(this PreflightReport report) =>
        report.AtKey("IRON3407", DiagnosticSeverity.Error, "metrics.listen", "without a metrics listener Amazon ECS cannot tell whether the proxy works", "write metrics: {listen: \"127.0.0.1:9090\"}");

    public static void SecretNotGiven(this PreflightReport report, RequiredSecret variable) =>
        report.At("IRON3408", DiagnosticSeverity.Error, variable, $"nothing says where {variable.Name} comes from", $"keep it in Secrets Manager, and set the option secrets={variable.Name}=arn:aws:secretsmanager:...; several are separated by commas");

    // The text is not repeated: it may be the secret itself.
    public static void SecretNotAnArn(this PreflightReport report, string variable) =>
        report.AtOption("IRON3409", DiagnosticSeverity.Error, $"what 'secrets' has for {variable} is no ARN of a secret or parameter", "write where the value is kept (arn:aws:secretsmanager:... or arn:aws:ssm:...:parameter/...), never the value: it would be in the task definition in plain text");

    public static void SecretNotAsked(this PreflightReport report, string variable) =>
        report.AtOption("IRON3410", DiagnosticSeverity.Error, $"'secrets' names {variable}, which the policy does not ask for", "leave it out: what the proxy is not given it cannot lose");

    public static void SecretFile(this PreflightReport report, RequiredSecret file) =>
        report.At("IRON3411", DiagnosticSeverity.Error, file, $"Amazon ECS cannot put a secret into a file, so {file.Name} would be missing", "use a source of the type env, whose variable the option 'secrets' fills");

    public static void CaFolderNotItsOwn(this PreflightReport report, string key, string path) =>
        report.AtKey("IRON3412", DiagnosticSeverity.Error, key, $"{path} is in a folder that a volume for the CA would hide", "put the CA into a folder of its own, such as /certs");

    public static void CaLivesLong(this PreflightReport report, int days, int recommended) =>
        report.AtOption("IRON3413", DiagnosticSeverity.Warning, $"a CA of {days} days lives longer than containers should trust it", $"set the option 'ca_days' to {recommended} or less; it is renewed at a start");

    public static void ResolverNotTheNetworks(this PreflightReport report, string resolver) =>
        report.AtKey("IRON3414", DiagnosticSeverity.Warning, "dns.upstream_resolver", $"{resolver} is not the resolver of the VPC, and does not know its private names", "leave it out, which asks the instance's, or write \"169.254.169.253:53\"");

    public static void OptionUnusable(this PreflightReport report, string option, string value, string expected) =>
        report.AtOption("IRON3415", DiagnosticSeverity.Error, $"the option '{option}' cannot be '{value}'", $"write {expected}");

    public static void SidecarWithoutFirewall(this PreflightReport report) =>
        report.AtOption("IRON3416", DiagnosticSeverity.Warning, "with firewall=false a sidecar does not enforce: nothing leads the workload to the proxy in its task, and nothing keeps it from going around it", "leave firewall at true, unless something on the instances makes the same rules in every task");

    public static void SidecarElsewhere(this PreflightReport report, string proxyIp) =>
        report.AtKey("IRON3417", DiagnosticSeverity.Error, "dns.proxy_ip", $"{proxyIp} is not in the workload's task, and nothing leaves that", "write \"127.0.0.1\"");

    public static void WorkloadIsTheProxysUser(this PreflightReport report, string user) =>
        report.AtOption("IRON3418", DiagnosticSeverity.Error, $"'user' and 'workload_user' are both {user}, and what the rules in the task let out is that user", "set 'workload_user' to another one");

    public static void NoCollector(this PreflightReport report, string option) =>
        report.AtOption("IRON3419", DiagnosticSeverity.Error, $"'{option}' is about a collector, and there is none", "set the option otlp_endpoint=https://collector.example.com:4318, or leave this one out");

    // The text is not repeated: a user or a query in it may be a credential.
    public static void CollectorUnusable(this PreflightReport report) =>
        report.AtOption("IRON3420", DiagnosticSeverity.Error, "'otlp_endpoint' is no URL of a collector", "write http:// or https:// with a host and nothing that is secret, such as https://collector.example.com:4318; a token belongs into what the option 'otlp_headers' names");

    public static void HeadersNotAnArn(this PreflightReport report) =>
        report.AtOption("IRON3421", DiagnosticSeverity.Error, "'otlp_headers' is no ARN of a secret or parameter", "keep the headers (Authorization=Bearer%20...) in Secrets Manager or Systems Manager, and write where: they would be in the task definition in plain text");

    public static void HeadersInPlain(this PreflightReport report) =>
        report.AtOption("IRON3422", DiagnosticSeverity.Warning, "what 'otlp_headers' names is sent to the collector in plain text", "write https:// in the option 'otlp_endpoint'");

    public static void CollectorInTheTask(this PreflightReport report) =>
        report.AtOption("IRON3423", DiagnosticSeverity.Warning, "a collector in the workload's task is closed in like the workload, and open to it", "run the collector elsewhere, and write its address");
}
