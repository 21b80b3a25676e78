using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Targets.Preflight;

/// <summary>What is known to go wrong with a policy wherever it is deployed: IRON3005 to IRON3009.</summary>
public static class PolicyDiagnostics
{
    /// <summary>Reports what the iron-proxy of this version cannot run.</summary>
    public static void CheckParts(this PreflightReport report, ProxyPlan plan)
    {
        foreach (var part in MissingPart.Of(plan))
        {
            report.At("IRON3005", DiagnosticSeverity.Warning, null, part.At, $"iron-proxy does not run {part.Name} yet, and refuses to start with this policy", "leave it out until it does; docs/compatibility.md has what is run");
        }
    }
}
