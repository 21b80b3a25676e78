namespace IronProxy.Plan;

/// <summary>Reads a path segment by segment, as servers do that take several slashes for one and leave out the last.</summary>
internal ref struct PathSegments(ReadOnlySpan<char> path)
{
    private ReadOnlySpan<char> _rest = path.Trim('/');

    /// <summary>Whether there is no segment left.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The next segment; empty at the end.</summary>
    public ReadOnlySpan<char> Next()
    {
        var end = _rest.IndexOf('/');
        var segment = end < 0 ? _rest : _rest[..end];
        _rest = _rest[segment.Length..].TrimStart('/');
        return segment;
    }

    /// <summary>Whether the next segment is this one, in any letter case.</summary>
    public bool NextIs(string segment) => Next().Equals(segment, StringComparison.OrdinalIgnoreCase);
}
