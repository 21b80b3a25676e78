using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Targets.Preflight;

/// <summary>What is known to go wrong with a policy wherever it is deployed: IRON3005 to IRON3009.</summary>
public static class PolicyDiagnostics
{
    /// <summary>Reports files that iron-proxy could not write, or that would be lost.</summary>
    public static void CheckWrittenFiles(this PreflightReport report, ProxyPlan plan, IDeploymentTarget target)
    {
        foreach (var file in plan.WrittenFiles.Where(f => target.StateFolder is not { } folder || Path.GetDirectoryName(f.Path) != folder))
        {
            var (message, hint) = target.StateFolder is { } place
                ? ($"iron-proxy may write in {place} alone, and {file.Path} is elsewhere, so that it would not start", $"write state_file: {place}/{file.Path.Split('/')[^1]}")
                : ($"nothing that iron-proxy writes is kept by {target.Name}, so that it would not start with {file.Path}", "leave state_file out, and each start begins with the token in the secret store; or deploy to a target that has a folder for it, such as baremetal or compose");
            report.At("IRON3006", DiagnosticSeverity.Error, null, file.At, message, hint);
        }
    }

    /// <summary>Reports secrets that only a pod can ask for.</summary>
    public static void CheckClusterSecrets(this PreflightReport report, ProxyPlan plan, IDeploymentTarget target)
    {
        foreach (var source in target.MayBeInCluster ? [] : plan.Sources.Where(s => s.ClusterSecret is not null))
        {
            report.At("IRON3007", DiagnosticSeverity.Error, null, source.At, $"a secret of Kubernetes is read in a pod alone, so that iron-proxy would not start on {target.Name}", "name another source; or deploy with --target k8s");
        }
    }
}
