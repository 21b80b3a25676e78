using System.Collections.Immutable;

namespace IronProxy.Diagnostics;

/// <summary>Prints findings as JUnit XML: a suite a file, a failed case a finding, and one case that passes for a good file.</summary>
/// <param name="writer">Where to print.</param>
/// <param name="strict">Whether warnings fail, too.</param>
public sealed class JUnitDiagnosticPrinter(TextWriter writer, bool strict) : IDiagnosticPrinter
{
    /// <inheritdoc />
    public void Print(IReadOnlyCollection<FileReport> files) =>
        JUnitWriter.Write(writer, [.. files.Select(f => new JUnitSuite(f.Path, Cases(f)))]);

    private ImmutableArray<JUnitCase> Cases(FileReport file)
    {
        if (file.Problem is { } problem)
        {
            return [new JUnitCase("can be checked", JUnitOutcome.Broken, "unreadable", problem)];
        }

        var cases = file.Diagnostics.Select(Case).ToImmutableArray();
        return cases.Any(c => c.Outcome == JUnitOutcome.Failed) ? cases : [new JUnitCase("is valid", JUnitOutcome.Passed), .. cases];
    }

    private JUnitCase Case(Diagnostic d)
    {
        var fails = d.Severity == DiagnosticSeverity.Error || (strict && d.Severity == DiagnosticSeverity.Warning);
        var details = new StringWriter { NewLine = "\n" };
        new TextDiagnosticPrinter(details, color: false).Print([d]);
        return new JUnitCase(
            $"{d.Code} at {d.Span.Line}:{d.Span.Column}",
            fails ? JUnitOutcome.Failed : JUnitOutcome.Passed,
            d.Code,
            d.Message,
            details.ToString().TrimEnd());
    }
}
