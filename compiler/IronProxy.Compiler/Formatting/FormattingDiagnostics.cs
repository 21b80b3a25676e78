using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>What keeps a valid file from being formatted: IRON14xx.</summary>
internal static class FormattingDiagnostics
{
    public static void AnchorNotFormatted(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1401", DiagnosticSeverity.Error, span, "a file with anchors, aliases or merge keys is not formatted", "putting keys in order could move an alias above its anchor: write the values out, or leave this file as it is");
}
