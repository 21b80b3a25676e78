using IronProxy.Compiler;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Inputs;

/// <summary>Whether a compilation is good enough, alike in every command.</summary>
internal static class CompilationVerdict
{
    /// <summary>There is a plan, and with <c>--strict</c> there are no warnings either.</summary>
    public static bool Passes(this CompilationResult result, bool strict) =>
        result.Plan is not null && !(strict && result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Warning));
}
