namespace IronProxy.Pipeline.Scrubbing;

/// <summary>Bytes of a body that are not sent.</summary>
/// <param name="Start">Where they begin.</param>
/// <param name="End">Where they end, with all that overlaps.</param>
/// <param name="Pattern">The pattern whose replacement is sent: the one that begins first, of those the longest.</param>
/// <param name="PatternEnd">Where that one ends.</param>
/// <param name="Escape">The escapes that were undone to find it; null for none.</param>
internal readonly record struct FoundRange(long Start, long End, int Pattern, long PatternEnd, EscapeSyntax? Escape)
{
    /// <summary>A pattern that was found.</summary>
    public FoundRange(long start, long end, int pattern, EscapeSyntax? escape)
        : this(start, end, pattern, end, escape)
    {
    }

    /// <summary>Two ranges that overlap. The order in which they were found makes no difference.</summary>
    public FoundRange With(FoundRange other)
    {
        var first = IsBefore(other) ? this : other;
        return first with { End = Math.Max(End, other.End) };
    }

    private bool IsBefore(FoundRange other) =>
        Start != other.Start ? Start < other.Start
        : PatternEnd != other.PatternEnd ? PatternEnd > other.PatternEnd
        : Rank(Escape) <= Rank(other.Escape);

    private static int Rank(EscapeSyntax? escape) => escape is { } syntax ? 1 + (int)syntax : 0;
}
