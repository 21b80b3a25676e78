using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis;

/// <summary>
/// One kind of probable mistake in a policy that compiles. Each has a file in Warnings, a code, a page in docs/diagnostics
/// and a case in tests/corpus.
/// </summary>
internal abstract class PolicyWarning
{
    /// <summary>The code, IRON20xx. It is never reused.</summary>
    public abstract string Code { get; }

    /// <summary>How grave a finding is, unless settings say otherwise.</summary>
    public virtual DiagnosticSeverity Severity => DiagnosticSeverity.Warning;

    /// <summary>Reports every place where the mistake is.</summary>
    public abstract void Check(AnalysisContext context);
}
