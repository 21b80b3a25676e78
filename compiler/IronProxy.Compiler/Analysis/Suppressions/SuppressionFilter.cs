using System.Collections.Immutable;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Suppressions;

/// <summary>Leaves out the findings that comments suppress, and reports comments that suppress nothing. Errors always stay.</summary>
internal static class SuppressionFilter
{
    /// <summary>Codes whose findings depend on the machine, beside those about named files.</summary>
    private const string Unset = "IRON2015";

    private const string NamedFiles = "IRON13";

    /// <summary>The findings that remain.</summary>
    /// <param name="source">The file.</param>
    /// <param name="root">Its tree.</param>
    /// <param name="findings">The findings.</param>
    /// <param name="complain">Whether comments themselves are checked.</param>
    /// <param name="complete">Whether everything was looked for, so that a comment without a finding is one too many.</param>
    public static ImmutableArray<Diagnostic> Apply(SourceText source, YamlNode root, ImmutableArray<Diagnostic> findings, bool complain, bool complete)
    {
        var suppressions = SuppressionReader.Read(source, root);
        if (suppressions.Count == 0)
        {
            return findings;
        }

        var bag = new DiagnosticBag(source);
        var valid = suppressions.Where(s => IsValid(s, bag)).ToArray();
        var active = valid.ToLookup(s => (s.Line, s.Code));
        var remaining = findings.Where(f => f.Severity == DiagnosticSeverity.Error || !active.Contains((f.Span.Line, f.Code))).ToArray();
        if (!complain)
        {
            return [.. remaining];
        }

        var used = findings.Except(remaining).Select(f => (f.Span.Line, f.Code)).ToHashSet();
        foreach (var (span, line, code, _) in valid.Where(_ => complete))
        {
            // On another machine there may be something to suppress.
            if (!used.Contains((line, code!)) && code != Unset && !code!.StartsWith(NamedFiles, StringComparison.Ordinal)) // Valid ones have codes.
            {
                bag.SuppressionUnused(span, code, line);
            }
        }

        return [.. remaining.Concat(bag.ToSorted()).OrderBy(d => d.Span.Start).ThenBy(d => d.Code, StringComparer.Ordinal)];
    }

    private static bool IsValid(Suppression suppression, DiagnosticBag bag)
    {
        switch (suppression)
        {
            case { Code: null }:
                bag.SuppressionNotUnderstood(suppression.Span);
                return false;
            case { Code: var code } when DiagnosticPage.Find(code) is null:
                bag.SuppressionOfUnknownCode(suppression.Span, code);
                return false;
            case { Code: var code } when DiagnosticPage.Find(code) is { Severity: DiagnosticSeverity.Error } || code.StartsWith(SuppressionDiagnostics.Prefix, StringComparison.Ordinal):
                bag.SuppressionOfError(suppression.Span, code);
                return false;
            case { Reason: null, Code: var code }:
                bag.SuppressionWithoutReason(suppression.Span, code);
                return false;
            default:
                return true;
        }
    }
}
