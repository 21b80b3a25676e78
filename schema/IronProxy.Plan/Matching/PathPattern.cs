namespace IronProxy.Plan.Matching;

/// <summary>
/// A path pattern: anchored and case-sensitive. A <c>*</c> at the very end matches the rest, slashes included, and
/// <c>/v1/*</c> also matches <c>/v1</c>; any other <c>*</c> or <c>?</c> stays inside its segment.
/// </summary>
public sealed class PathPattern
{
    private readonly string _text;
    private readonly bool _open;
    private readonly bool _wild;

    /// <summary>Compiles a pattern. Escapes in it are normalized as those of requests are.</summary>
    /// <param name="text">The pattern, starting with a slash.</param>
    public PathPattern(string text)
    {
        Text = text;
        _text = RequestTarget.DecodeUnreserved(text);
        _open = _text.EndsWith('*');
        if (_open)
        {
            _text = _text[..^1];
        }

        _wild = _text.AsSpan().ContainsAny('*', '?');
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>Whether a path, in its form for matching, matches.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        if (_wild)
        {
            return MatchesSegments(path);
        }

        if (!_open)
        {
            return path.SequenceEqual(_text);
        }

        return path.StartsWith(_text, StringComparison.Ordinal) || IsBareParent(path, _text);
    }

    /// <summary><c>/v1/*</c> matches <c>/v1</c>.</summary>
    private static bool IsBareParent(ReadOnlySpan<char> path, ReadOnlySpan<char> open) =>
        open.Length > 1 && open[^1] == '/' && path.SequenceEqual(open[..^1]);

    private bool MatchesSegments(ReadOnlySpan<char> path)
    {
        var pattern = _text.AsSpan();
        while (true)
        {
            var patternSlash = pattern.IndexOf('/');
            var pathSlash = path.IndexOf('/');
            if (patternSlash < 0)
            {
                // The last segment of the pattern: an open one takes whatever follows its own wildcards.
                return _open
                    ? Wildcards.Match(pathSlash < 0 ? path : path[..pathSlash], string.Concat(pattern, "*"))
                    : pathSlash < 0 && Wildcards.Match(path, pattern);
            }

            if (!Wildcards.Match(pathSlash < 0 ? path : path[..pathSlash], pattern[..patternSlash]))
            {
                return false;
            }

            pattern = pattern[(patternSlash + 1)..];
            if (pathSlash < 0)
            {
                return _open && pattern.IsEmpty;
            }

            path = path[(pathSlash + 1)..];
        }
    }
}
