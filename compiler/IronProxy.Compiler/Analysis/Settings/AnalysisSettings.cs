using System.Collections.Frozen;
using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Settings;

/// <summary>What an ironc.yaml says: how grave findings are. Errors are errors, whatever it says.</summary>
public sealed class AnalysisSettings
{
    /// <summary>The values of a level.</summary>
    internal static readonly ImmutableArray<string> LevelNames = ["error", "warning", "information", "off"];

    private readonly FrozenDictionary<string, DiagnosticSeverity?> _levels;

    internal AnalysisSettings(IEnumerable<KeyValuePair<string, string>> levels) =>
        _levels = levels.ToFrozenDictionary(l => l.Key, l => Severity(l.Value), StringComparer.Ordinal);

    /// <summary>Every finding keeps its own severity.</summary>
    public static AnalysisSettings Default { get; } = new([]);

    /// <summary>The findings with the severities that are set, without those that are switched off.</summary>
    internal ImmutableArray<Diagnostic> Apply(ImmutableArray<Diagnostic> findings)
    {
        if (_levels.Count == 0)
        {
            return findings;
        }

        var result = ImmutableArray.CreateBuilder<Diagnostic>(findings.Length);
        foreach (var finding in findings)
        {
            if (finding.Severity == DiagnosticSeverity.Error || !_levels.TryGetValue(finding.Code, out var severity))
            {
                result.Add(finding);
            }
            else if (severity is { } level)
            {
                result.Add(finding with { Severity = level });
            }
        }

        return result.ToImmutable();
    }

    private static DiagnosticSeverity? Severity(string level) => level switch
    {
        "error" => DiagnosticSeverity.Error,
        "warning" => DiagnosticSeverity.Warning,
        "information" => DiagnosticSeverity.Information,
        _ => null,
    };
}
