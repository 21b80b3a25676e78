using System.Collections.Immutable;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Settings;

/// <summary>What came of reading an ironc.yaml.</summary>
/// <param name="Settings">The settings, or null when there is an error.</param>
/// <param name="Diagnostics">All findings, in the order of the file.</param>
public sealed record SettingsResult(AnalysisSettings? Settings, ImmutableArray<Diagnostic> Diagnostics);

/// <summary>Reads ironc.yaml in the way that proxy.yaml is read, so that mistakes in them look the same.</summary>
public static class SettingsReader
{
    /// <summary>The name under which commands look for the file.</summary>
    public const string FileName = "ironc.yaml";

    /// <summary>Reads a file. Every mistake in it is reported.</summary>
    public static SettingsResult Read(SourceText source)
    {
        var bag = new DiagnosticBag(source);
        var settings = Read(bag);
        return new SettingsResult(bag.HasErrors ? null : settings, bag.ToSorted());
    }

    private static AnalysisSettings? Read(DiagnosticBag bag)
    {
        // Levels that are all commented out are no mistake.
        if (IsEmpty(bag.Source))
        {
            return AnalysisSettings.Default;
        }

        if (YamlReader.Read(bag) is not { } tree || new StructureValidator(bag).Bind<SettingsFileConfig>(tree) is not { } config)
        {
            return null;
        }

        var levels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in config.Levels?.Entries ?? [])
        {
            Check(key, value, bag);
            if (value is YamlScalar level)
            {
                levels.Add(key.Value, level.Value);
            }
        }

        return new AnalysisSettings(levels);
    }

    private static bool IsEmpty(SourceText source) =>
        Enumerable.Range(1, source.LineCount).Select(source.Line).All(l => l.AsSpan().TrimStart() is "" or ['#', ..]);

    private static void Check(YamlScalar code, YamlNode value, DiagnosticBag bag)
    {
        switch (DiagnosticPage.Find(code.Value))
        {
            case null:
                bag.LevelOfUnknownCode(code.Span, code.Value);
                break;
            case { Severity: DiagnosticSeverity.Error }:
                bag.LevelOfError(code.Span, code.Value);
                break;
        }

        if (value is not YamlScalar level)
        {
            bag.WrongType(value.Span, "a level", value.Kind, $"write one of {string.Join(", ", AnalysisSettings.LevelNames)}");
        }
        else if (!AnalysisSettings.LevelNames.Contains(level.Value))
        {
            bag.NotAChoice(level.Span, level.Value, AnalysisSettings.LevelNames);
        }
    }
}
