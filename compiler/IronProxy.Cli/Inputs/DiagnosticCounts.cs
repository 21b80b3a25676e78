using IronProxy.Diagnostics;

namespace IronProxy.Cli.Inputs;

/// <summary>Sums findings up: <c>2 errors, 1 warning</c>.</summary>
internal static class DiagnosticCounts
{
    public static string Of(IReadOnlyCollection<Diagnostic> diagnostics)
    {
        var parts = new List<string>();
        Add(DiagnosticSeverity.Error, "error");
        Add(DiagnosticSeverity.Warning, "warning");
        return string.Join(", ", parts);

        void Add(DiagnosticSeverity severity, string word)
        {
            var count = diagnostics.Count(d => d.Severity == severity);
            if (count > 0)
            {
                parts.Add($"{count} {word}{(count == 1 ? "" : "s")}");
            }
        }
    }
}
