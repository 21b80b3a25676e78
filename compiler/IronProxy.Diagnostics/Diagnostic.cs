namespace IronProxy.Diagnostics;

/// <summary>How grave a finding is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; never changes an exit status.</summary>
    Information,

    /// <summary>Probably a mistake; fails only with <c>--strict</c>.</summary>
    Warning,

    /// <summary>No plan can be made.</summary>
    Error,
}

/// <summary>One finding in a source file.</summary>
public sealed record Diagnostic
{
    /// <summary>Code such as <c>IRON1001</c>. It is never reused, and docs/diagnostics has a page with its name.</summary>
    public required string Code { get; init; }

    /// <summary>How grave it is.</summary>
    public required DiagnosticSeverity Severity { get; init; }

    /// <summary>What is wrong: one sentence, without a period.</summary>
    public required string Message { get; init; }

    /// <summary>What to write instead. Null when there is nothing to add.</summary>
    public string? Hint { get; init; }

    /// <summary>The file.</summary>
    public required SourceText Source { get; init; }

    /// <summary>The place that is meant.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>What is shown to nobody, in this finding's line and in others': somebody may have written a secret there. Null hides nothing.</summary>
    public SourceSpan? Hidden { get; init; }

    /// <summary>The column behind the last character on the first line of the span.</summary>
    public int EndColumn => EndColumnOf(Span);

    /// <summary>The same for another span of the file.</summary>
    internal int EndColumnOf(SourceSpan span) => span.Column + Math.Min(span.Length, Math.Max(0, Source.Line(span.Line).Length - (span.Column - 1)));
}
