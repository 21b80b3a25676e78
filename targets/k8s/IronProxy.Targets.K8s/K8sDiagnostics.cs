using IronProxy.Diagnostics;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.K8s;

/// <summary>Preflight findings of this target: IRON33xx.</summary>
internal static class K8sDiagnostics
{
    public static void ServiceAddressMissing(this PreflightReport report) => report.AtKey(
        "IRON3301", DiagnosticSeverity.Error, "dns.proxy_ip", "the service needs an address that workloads are led to, and there is no DNS server that names one", "add dns: with listen: \":53\" and proxy_ip: a free address of the cluster's service network");

    public static void ServiceAddressImpossible(this PreflightReport report, string address) => report.AtKey(
        "IRON3302", DiagnosticSeverity.Error, "dns.proxy_ip", $"{address} cannot be the address of a service", "write a free address of the cluster's service network: kubectl get svc kubernetes shows one of its addresses");

    public static void PlanTooLarge(this PreflightReport report, int bytes, int limit) => report.AtKey(
        "IRON3303", DiagnosticSeverity.Error, "transforms", $"the plan has {bytes} bytes, and a config map holds {limit}", "replace long lists of hosts by suffix patterns such as *.example.com");

    public static void ListenerUnreachable(this PreflightReport report, string key, string address, int port) => report.AtKey(
        "IRON3304", DiagnosticSeverity.Error, key, $"{address} is reached from inside of the proxy's pod only", $"write \":{port}\"; network policies say who may connect");

    public static void NoProbes(this PreflightReport report) => report.AtKey(
        "IRON3305", DiagnosticSeverity.Warning, "metrics.listen", "without the metrics listener there are no probes: a proxy that hangs is not replaced, and one that has not started gets requests", "write listen: \":9090\"");

    public static void PathCannotBeMounted(this PreflightReport report, string key, string path) => report.AtKey(
        "IRON3306", DiagnosticSeverity.Error, key, $"a secret cannot be mounted as {path}", "write an absolute path in a folder of its own, such as /certs/ca.crt");

    public static void SecretFileCannotBeMounted(this PreflightReport report, RequiredSecret file) => report.At(
        "IRON3307", DiagnosticSeverity.Error, file, $"a secret cannot be mounted as {file.Name}", "write an absolute path in a folder of its own, beside neither the CA nor the plan, such as /secrets/token");

    public static void FilesShareAName(this PreflightReport report, RequiredSecret file, string one) => report.At(
        "IRON3311", DiagnosticSeverity.Error, file, $"{one} and {file.Name} have one name, which is a key of the Kubernetes secret that both come from", "give one of them another file name");

    public static void CaInTwoFolders(this PreflightReport report, string certificate, string key) => report.AtKey(
        "IRON3308", DiagnosticSeverity.Error, "tls.ca_key", $"{certificate} and {key} come from one secret, and are in two folders", "put both into one folder");

    public static void NotALabel(this PreflightReport report, string option, string value) => report.AtOption(
        "IRON3309", DiagnosticSeverity.Error, $"'{value}', the value of {option}, is no name of a namespace", "write lower-case letters, digits and '-', at most 63");

    public static void OneNamespace(this PreflightReport report, string name) => report.AtOption(
        "IRON3310", DiagnosticSeverity.Error, $"proxy and workloads cannot share the namespace {name}", "set namespace and workload_namespace to different names: who may read secrets in one must not reach the CA's key");

    public static void NothingEnforces(this PreflightReport report, string why) => report.AtOption(
        "IRON3312", DiagnosticSeverity.Error, $"nothing that is generated keeps the workload inside: {why}", "leave network_policy at true, and with mode=sidecar firewall as well");

    public static void SidecarWithoutFirewall(this PreflightReport report) => report.AtOption(
        "IRON3313", DiagnosticSeverity.Warning, "with firewall=false a sidecar does not enforce: a network policy cannot tell the proxy from the workload in its pod", "leave firewall at true, unless a plugin of the cluster makes the same rules in every pod");

    public static void SidecarWithoutPolicy(this PreflightReport report) => report.AtOption(
        "IRON3314", DiagnosticSeverity.Warning, "a sidecar without a network policy does not enforce where the workload gets root: the rules in its pod are the only wall", "leave network_policy at true");

    public static void SidecarElsewhere(this PreflightReport report, string? address) => report.AtKey(
        "IRON3315", DiagnosticSeverity.Error, "dns.proxy_ip", address is null ? "the workload finds a sidecar by its DNS server, and there is none" : $"{address} is not in the workload's pod, and nothing leaves that", "write listen: \":53\" and proxy_ip: \"127.0.0.1\"");

    public static void SidecarAsksItself(this PreflightReport report) => report.AtKey(
        "IRON3316", DiagnosticSeverity.Error, "dns.upstream_resolver", "the resolver of the pod is the proxy itself, so it needs another one for its own lookups", "write upstream_resolver: and the address of the cluster's DNS service: kubectl -n kube-system get svc kube-dns shows it");

    public static void SidecarOnOddPort(this PreflightReport report, string key, int port, int expected) => report.AtKey(
        "IRON3317", DiagnosticSeverity.Error, key, $"programs ask for port {expected}, and no service translates it to {port} in the workload's own pod", $"write \":{expected}\"");

    public static void NothingToMonitor(this PreflightReport report) => report.AtKey(
        "IRON3319", DiagnosticSeverity.Error, "metrics.listen", "service_monitor=true needs the metrics listener, which is off", "write listen: \":9090\", or leave service_monitor at false");

    public static void ResolverMayBeClosed(this PreflightReport report, string network) => report.AtKey(
        "IRON3320", DiagnosticSeverity.Warning, "proxy.upstream_deny_cidrs", $"the proxy asks the node's resolver, and no name resolves where that is in {network}, which the proxy may not reach", "set the option node_resolvers to the addresses after nameserver in a node's /etc/resolv.conf, whose port 53 is opened then; or write dns.upstream_resolver");

    public static void NotAddresses(this PreflightReport report, string option, string value, string example) => report.AtOption(
        "IRON3321", DiagnosticSeverity.Error, $"'{value}', the value of {option}, is no list of addresses", $"write addresses with commas between them, such as {example}");

    public static void PortIsTranslated(this PreflightReport report, string key, int port, int expected) => report.AtKey(
        "IRON3322", DiagnosticSeverity.Error, key, $"with the VPC CNI a service's port and its pods' must be equal for network policies, and these are {expected} and {port}", $"write \":{expected}\"");

    public static void PoliciesComeLate(this PreflightReport report) => report.AtOption(
        "IRON3323", DiagnosticSeverity.Warning, "the VPC CNI enforces no network policy until it is told to, and in its standard mode a pod begins with all of its network", "set enableNetworkPolicy and NETWORK_POLICY_ENFORCING_MODE=strict of the add-on vpc-cni, as the README says; pods that nothing owns (no Deployment, Job, ...) it never holds");

    public static void ApiCannotBeAsked(this PreflightReport report, string why, string hint) => report.AtOption(
        "IRON3324", DiagnosticSeverity.Error, $"the policy reads Secrets by the API of the cluster, and {why}", hint);

    public static void NotPorts(this PreflightReport report, string option, string value) => report.AtOption(
        "IRON3318", DiagnosticSeverity.Error, $"'{value}', the value of {option}, is no list of ports", "write numbers from 1 to 65535 with commas between them, such as 80,443");
}
