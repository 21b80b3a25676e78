using IronProxy.Diagnostics;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Freestyle;

/// <summary>Preflight findings of the target freestyle: IRON36xx. What goes wrong on any host is IRON32xx.</summary>
internal static class FreestyleDiagnostics
{
    public static void SecretFile(this PreflightReport report, RequiredSecret file) =>
        report.At("IRON3601", DiagnosticSeverity.Error, file, $"nothing writes {file.Name} in a VM: a launch brings variables, and a snapshot must not have secrets", "use a source of the type env");

    public static void NoRole(this PreflightReport report, string action) =>
        report.AtKey("IRON3602", DiagnosticSeverity.Warning, "transforms", $"the policy needs {action}, and a VM of Freestyle has no role in AWS", "use a source of the type env, whose variable a launch brings");

    public static void NameInvalid(this PreflightReport report, string name) =>
        report.AtOption("IRON3603", DiagnosticSeverity.Error, $"the option 'name' cannot be '{name}'", "write at most 40 lower-case letters, digits and '-'");

    public static void BaseInvalid(this PreflightReport report, string given, string example) =>
        report.AtOption("IRON3604", DiagnosticSeverity.Error, $"the option 'base' cannot be '{given}'", $"write {example}");

    public static void CaLivesLong(this PreflightReport report, int days, int recommended) =>
        report.AtOption("IRON3605", DiagnosticSeverity.Warning, $"each VM makes a CA of its own, and one of {days} days outlives most of them", $"set the option 'ca_days' to {recommended} or less; a VM that lives longer gets a new one, see the README");

    public static void NoHttps(this PreflightReport report) =>
        report.AtKey("IRON3606", DiagnosticSeverity.Warning, "tls", "without a CA the proxy sees names of hosts only, so no secret reaches a request over HTTPS", "write tls: {ca_cert: \"/etc/iron-proxy/ca.crt\", ca_key: \"/etc/iron-proxy/ca.key\"}; each VM makes its own");
}
