using IronProxy.Diagnostics;
using IronProxy.Plan;
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

    public static void ListenerUnreachable(this PreflightReport report, string key, string address) => report.AtKey(
        "IRON3304", DiagnosticSeverity.Error, key, $"{address} is reached from inside of the proxy's pod only", "leave the address out, as in \":443\"; network policies say who may connect");

    public static void NoProbes(this PreflightReport report) => report.AtKey(
        "IRON3305", DiagnosticSeverity.Warning, "metrics.listen", "without the metrics listener there are no probes: a proxy that hangs is not replaced, and one that has not started gets requests", "write listen: \":9090\"");

    public static void PathCannotBeMounted(this PreflightReport report, string key, string path) => report.AtKey(
        "IRON3306", DiagnosticSeverity.Error, key, $"a secret cannot be mounted as {path}", "write an absolute path in a folder of its own, such as /certs/ca.crt");

    public static void SecretFileCannotBeMounted(this PreflightReport report, SourcePosition at, string path) => report.At(
        "IRON3307", DiagnosticSeverity.Error, at, $"a secret cannot be mounted as {path}", "write an absolute path in a folder of its own, beside neither the CA nor the plan, such as /secrets/token");

    public static void FilesShareAName(this PreflightReport report, SourcePosition at, string one, string other) => report.At(
        "IRON3311", DiagnosticSeverity.Error, at, $"{one} and {other} have one name, which is a key of the Kubernetes secret that both come from", "give one of them another file name");

    public static void CaInTwoFolders(this PreflightReport report, string certificate, string key) => report.AtKey(
        "IRON3308", DiagnosticSeverity.Error, "tls.ca_key", $"{certificate} and {key} come from one secret, and are in two folders", "put both into one folder");

    public static void NotALabel(this PreflightReport report, string option, string value) => report.AtOption(
        "IRON3309", DiagnosticSeverity.Error, $"'{value}', the value of {option}, is no name of a namespace", "write lower-case letters, digits and '-', at most 63");

    public static void OneNamespace(this PreflightReport report, string name) => report.AtOption(
        "IRON3310", DiagnosticSeverity.Error, $"proxy and workloads cannot share the namespace {name}", "set namespace and workload_namespace to different names: who may read secrets in one must not reach the CA's key");
}
