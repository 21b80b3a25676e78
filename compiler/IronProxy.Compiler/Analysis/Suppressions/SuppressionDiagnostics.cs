using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Suppressions;

/// <summary>What can be wrong with comments that suppress findings: IRON290x.</summary>
internal static class SuppressionDiagnostics
{
    /// <summary>What the codes of this class begin with: findings about suppressions are not suppressed.</summary>
    public const string Prefix = "IRON290";

    public static void SuppressionUnused(this DiagnosticBag bag, SourceSpan span, string code, int line) =>
        bag.Warn("IRON2901", span, $"there is no {code} on line {line} to ignore", "remove the comment; it stands behind what is meant, or on the line above");

    public static void SuppressionWithoutReason(this DiagnosticBag bag, SourceSpan span, string code) =>
        bag.Warn("IRON2902", span, $"nothing says why {code} is ignored, so it is not", $"write # ironc: ignore {code} because, and the reason");

    public static void SuppressionOfUnknownCode(this DiagnosticBag bag, SourceSpan span, string code) =>
        bag.Warn("IRON2903", span, $"there is no code {Quote.Of(code)}", Suggestions.Nearest(code, DiagnosticPage.Codes) is { } nearest
            ? $"did you mean {nearest}?"
            : "write the code of the finding, such as IRON2033");

    public static void SuppressionOfError(this DiagnosticBag bag, SourceSpan span, string code) =>
        bag.Warn("IRON2904", span, $"{code} cannot be ignored", "warnings about the policy can be; correct what an error or a finding about comments says");

    public static void SuppressionNotUnderstood(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON2905", span, "this comment is for ironc, and it does not understand it", "write # ironc: ignore, a code, because, and the reason");

    private static void Warn(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Warning, span, message, hint);
}
