using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Daytona;

/// <summary>What is known to go wrong in a sandbox: IRON35xx.</summary>
internal static class DaytonaDiagnostics
{
    public static void SecretIsAFile(this PreflightReport report, RequiredSecret file) =>
        report.At("IRON3501", DiagnosticSeverity.Error, file, $"nothing brings {file.Name} into a sandbox: it gets secrets as variables alone", "write source: {type: env, var: ...}");

    public static void ImageIsLocal(this PreflightReport report, string image) =>
        report.AtOption("IRON3502", DiagnosticSeverity.Warning, $"Daytona builds on its own machines, where {image} is not found", "push the image to a registry that Daytona can pull from, and set the option 'image' to that name");

    public static void NoRoleInAws(this PreflightReport report, AwsPermission permission) =>
        report.AtOption("IRON3503", DiagnosticSeverity.Error, $"the policy asks AWS for {permission.Resource}, and a sandbox has no role there", "let the policy read the secret from a variable ({type: env, var: ...})");

    public static void UserInvalid(this PreflightReport report, string user) =>
        report.AtOption("IRON3504", DiagnosticSeverity.Error, $"the option 'user' cannot be '{user}'", "write the name of a user in lower case that is neither root nor the proxy's, such as daytona");

    public static void BaseIsNotPinned(this PreflightReport report, string image) =>
        report.AtOption("IRON3505", DiagnosticSeverity.Information, $"{image} has no tag, so that what the workload gets changes with each build", "name a tag or a digest");

    public static void PortIsDaytonas(this PreflightReport report, DeploymentListener listener) =>
        report.AtKey("IRON3506", DiagnosticSeverity.Error, listener.Key, $"port {listener.Port} is Daytona's own in a sandbox, and the proxy could not have it", "choose another port");
}
