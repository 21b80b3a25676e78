using System.Collections.Immutable;

namespace IronProxy.Diagnostics;

/// <summary>Collects the findings of one file. Stages add to it and go on, so that one run reports every mistake.</summary>
/// <param name="source">The file.</param>
public sealed class DiagnosticBag(SourceText source)
{
    private readonly List<Diagnostic> _items = [];

    /// <summary>The file.</summary>
    public SourceText Source { get; } = source;

    /// <summary>Whether there is an error.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Adds a finding. Each stage has one method a code, in its own file, that calls this.</summary>
    public void Add(string code, DiagnosticSeverity severity, SourceSpan span, string message, string? hint = null)
    {
        _items.Add(new Diagnostic { Code = code, Severity = severity, Message = message, Hint = hint, Source = Source, Span = span });
        HasErrors |= severity == DiagnosticSeverity.Error;
    }

    /// <summary>All findings, in the order of the file, without repetitions.</summary>
    public ImmutableArray<Diagnostic> ToSorted() =>
        [.. _items.Distinct().OrderBy(d => d.Span.Start).ThenBy(d => d.Code, StringComparer.Ordinal).ThenBy(d => d.Message, StringComparer.Ordinal)];
}
