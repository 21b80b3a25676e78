using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis;

/// <summary>Looks for probable mistakes in a policy that compiles.</summary>
internal static class PolicyAnalyzer
{
    /// <summary>Runs every warning.</summary>
    /// <param name="file">What the user wrote.</param>
    /// <param name="plan">What the compiler made of it.</param>
    /// <param name="bag">Where findings go.</param>
    /// <param name="environment">What may be seen of this machine. Null looks at the policy alone.</param>
    public static void Analyze(ProxyFileConfig file, ProxyPlan plan, DiagnosticBag bag, CompilerEnvironment? environment)
    {
        var context = new AnalysisContext(file, plan, bag, environment);
        foreach (var warning in PolicyWarnings.All)
        {
            warning.Check(context);
        }
    }
}
