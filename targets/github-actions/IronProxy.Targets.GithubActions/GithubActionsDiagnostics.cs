using IronProxy.Diagnostics;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.GithubActions;

/// <summary>What is known to go wrong on a runner: IRON37xx. What is wrong on any host has the codes of baremetal.</summary>
internal static class GithubActionsDiagnostics
{
    public static void PolicyTextMissing(this PreflightReport report) =>
        report.AtKey("IRON3701", DiagnosticSeverity.Error, "transforms", "the action merges egress rules into proxy.yaml, and a compiled plan cannot take them", "deploy the proxy.yaml that the plan was made of");

    public static void AllowlistsNotOne(this PreflightReport report, int count) =>
        report.AtKey("IRON3702", DiagnosticSeverity.Error, "transforms", $"egress rules go into the one allowlist of a policy, and this has {count}", "write one allowlist");

    public static void SecretInFile(this PreflightReport report, RequiredSecret file) =>
        report.At("IRON3703", DiagnosticSeverity.Warning, file, $"a new runner has no {file.Name}", "write source: { type: env, var: NAME } and give the variable to the action's step, or put the file there before it");

    public static void AwsWithoutIdentity(this PreflightReport report) =>
        report.AtKey("IRON3704", DiagnosticSeverity.Warning, "transforms", "a runner has no role in AWS, and what the policy reads there needs one", "read the secret in a step before the action and give it to the action's step as a variable, or use a runner with a role");

    public static void VariableIsTaken(this PreflightReport report, RequiredSecret variable) =>
        report.At("IRON3705", DiagnosticSeverity.Error, variable, $"a step cannot give the action the variable '{variable.Name}': it means something else on a runner", "give it another name");

    public static void ImageIsLocal(this PreflightReport report, string image) =>
        report.AtOption("IRON3706", DiagnosticSeverity.Warning, $"runners cannot pull {image}", "push the image that the target 'image' builds to a registry and write --set image=NAME; on a runner of your own, the action's input 'programs' names a folder instead");

    public static void SudoStays(this PreflightReport report) =>
        report.AtOption("IRON3707", DiagnosticSeverity.Warning, "with disable_sudo=false the job can remove every rule", "leave it out; what needs sudo belongs into steps before the action");

    public static void DockerStays(this PreflightReport report) =>
        report.AtOption("IRON3708", DiagnosticSeverity.Warning, "with disable_docker=false the job goes around the rules in containers, or removes them from one", "leave it out; pull and start containers in steps before the action");

    public static void ImageHasTag(this PreflightReport report, string image) =>
        report.AtOption("IRON3709", DiagnosticSeverity.Error, $"the option 'image' has a tag or a digest: {image}", "write the name alone; the action's input 'version' is the tag, or sha256:... for a digest");

    public static void LogIsText(this PreflightReport report) =>
        report.AtKey("IRON3710", DiagnosticSeverity.Warning, "log.format", "the job's summary is made of the audit records, and cannot read them as text", "leave it at json");
}
