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
        var prefix = _open ? _text[..^1] : _text;
        _wild = prefix.AsSpan().ContainsAny('*', '?');

        // Segments are matched with the last star in its place; without other wildcards only what is before it is compared.
        _text = _wild ? _text : prefix;
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
        open is ['/', .., '/'] && path.SequenceEqual(open[..^1]);

    private bool MatchesSegments(ReadOnlySpan<char> path)
    {
        var pattern = _text.AsSpan();
        while (true)
        {
            var patternSlash = pattern.IndexOf('/');
            var pathSlash = path.IndexOf('/');
            if (patternSlash < 0)
            {
                // The last segment of the pattern: behind an open one there may be more.
                return (_open || pathSlash < 0) && Wildcards.Match(pathSlash < 0 ? path : path[..pathSlash], pattern);
            }

            if (!Wildcards.Match(pathSlash < 0 ? path : path[..pathSlash], pattern[..patternSlash]))
            {
                return false;
            }

            pattern = pattern[(patternSlash + 1)..];
            if (pathSlash < 0)
            {
                return _open && pattern is "*";
            }

            path = path[(pathSlash + 1)..];
        }
    }
}
