using System.Collections.Immutable;

namespace IronProxy.Diagnostics;

/// <summary>Collects the findings of one file. Stages add to it and go on, so that one run reports every mistake.</summary>
/// <param name="source">The file.</param>
public sealed class DiagnosticBag(SourceText source)
{
    /// <summary>How many findings are kept: nobody reads more, and a file can be made to have millions.</summary>
    public const int MaxFindings = 1000;

    private readonly List<Diagnostic> _items = [];
    private SourceSpan _firstLeftOut;
    private int _leftOut;

    /// <summary>The file.</summary>
    public SourceText Source { get; } = source;

    /// <summary>Whether there is an error.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Adds a finding. Each stage has one method a code, in its own file, that calls this.</summary>
    public void Add(string code, DiagnosticSeverity severity, SourceSpan span, string message, string? hint = null, SourceSpan? hidden = null)
    {
        HasErrors |= severity == DiagnosticSeverity.Error;
        if (_items.Count < MaxFindings)
        {
            _items.Add(new Diagnostic { Code = code, Severity = severity, Message = message, Hint = hint, Source = Source, Span = span, Hidden = hidden });
            return;
        }

        _firstLeftOut = _leftOut == 0 ? span : _firstLeftOut;
        _leftOut++;
    }

    /// <summary>All findings, in the order of the file, without repetitions.</summary>
    public ImmutableArray<Diagnostic> ToSorted() =>
        [.. All().Distinct().OrderBy(d => d.Span.Start).ThenBy(d => d.Code, StringComparer.Ordinal).ThenBy(d => d.Message, StringComparer.Ordinal)];

    private IEnumerable<Diagnostic> All() => _leftOut == 0 ? _items : _items.Append(new Diagnostic
    {
        Code = "IRON0014",
        Severity = HasErrors ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
        Message = $"here and elsewhere there are {_leftOut} more findings than the {MaxFindings} that are shown",
        Hint = "mend those first, and check again",
        Source = Source,
        Span = _firstLeftOut,
    });
}
