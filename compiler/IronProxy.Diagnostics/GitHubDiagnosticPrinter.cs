using System.Globalization;

namespace IronProxy.Diagnostics;

/// <summary>Prints findings as GitHub workflow commands, which become annotations on the lines of a pull request.</summary>
/// <param name="writer">Where to print.</param>
public sealed class GitHubDiagnosticPrinter(TextWriter writer) : IDiagnosticPrinter
{
    /// <inheritdoc />
    public void Print(IReadOnlyCollection<FileReport> files)
    {
        foreach (var file in files)
        {
            if (file.Problem is { } problem)
            {
                writer.WriteLine($"::error file={Property(file.Path)}::{Data(problem)}");
            }

            foreach (var diagnostic in file.Diagnostics)
            {
                Print(diagnostic);
            }
        }
    }

    private void Print(Diagnostic d)
    {
        var command = d.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "notice",
        };
        var place = string.Create(CultureInfo.InvariantCulture, $"line={d.Span.Line},col={d.Span.Column},endColumn={d.EndColumn}");
        var message = d.Hint is null ? d.Message : $"{d.Message}\nhint: {d.Hint}";
        writer.WriteLine($"::{command} file={Property(d.Source.Path)},{place},title={Property(d.Code)}::{Data(message)}");
    }

    // A line break would end the command, and a path may hold what separates properties.
    private static string Data(string text) => text
        .Replace("%", "%25", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal)
        .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Data(text)
        .Replace(":", "%3A", StringComparison.Ordinal)
        .Replace(",", "%2C", StringComparison.Ordinal);
}
