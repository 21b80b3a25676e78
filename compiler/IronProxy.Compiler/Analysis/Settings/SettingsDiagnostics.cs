using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Settings;

/// <summary>What can be wrong with an ironc.yaml: IRON291x.</summary>
internal static class SettingsDiagnostics
{
    public static void LevelOfUnknownCode(this DiagnosticBag bag, SourceSpan span, string code) =>
        bag.Error("IRON2911", span, $"there is no code {Quote.Of(code)}", Suggestions.Nearest(code, DiagnosticPage.Codes) is { } nearest
            ? $"did you mean {nearest}?"
            : "write the code of a finding, such as IRON2033");

    public static void LevelOfError(this DiagnosticBag bag, SourceSpan span, string code) =>
        bag.Error("IRON2912", span, $"{code} is an error, and errors have no other level", "remove the line: a policy with errors has no plan");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
