namespace IronProxy.Plan.Matching;

/// <summary>The shapes that a host pattern can have.</summary>
public enum HostPatternKind
{
    /// <summary>One host.</summary>
    Exact,

    /// <summary><c>*.name</c>: the name itself and every name below it.</summary>
    Suffix,

    /// <summary><c>*</c>: every host.</summary>
    Any,

    /// <summary>A pattern with <c>*</c> or <c>?</c> inside a label. They stay inside the label.</summary>
    Glob,
}

/// <summary>
/// A host pattern, taken apart. <c>*</c> alone matches every host; a leading <c>*.</c> matches the rest and every depth
/// below it; any other <c>*</c> (any run) and <c>?</c> (one character) stay inside one label.
/// </summary>
/// <param name="Kind">The shape.</param>
/// <param name="Text">The canonical pattern.</param>
/// <param name="Name">The pattern without its leading <c>*.</c>; empty for <see cref="HostPatternKind.Any"/>.</param>
/// <param name="Deep">Whether a leading <c>*.</c> stood there.</param>
public readonly record struct HostPattern(HostPatternKind Kind, string Text, string Name, bool Deep)
{
    /// <summary>Takes a canonical pattern apart.</summary>
    public static HostPattern Parse(string text)
    {
        if (text == "*")
        {
            return new HostPattern(HostPatternKind.Any, text, "", Deep: true);
        }

        var deep = text.StartsWith("*.", StringComparison.Ordinal);
        var name = deep ? text[2..] : text;
        var kind = name.AsSpan().ContainsAny('*', '?') ? HostPatternKind.Glob
            : deep ? HostPatternKind.Suffix
            : HostPatternKind.Exact;
        return new HostPattern(kind, text, name, deep);
    }

    /// <summary>
    /// The labels at the end that have no wildcard, which decide where a glob hangs in the trie: <c>corp.example</c> for
    /// <c>db-*.corp.example</c>; empty when the last label has one.
    /// </summary>
    public string LiteralTail
    {
        get
        {
            var wildcard = Name.AsSpan().LastIndexOfAny('*', '?');
            if (wildcard < 0)
            {
                return Name;
            }

            var dot = Name.IndexOf('.', wildcard);
            return dot < 0 ? "" : Name[(dot + 1)..];
        }
    }

    /// <summary>Whether a canonical host matches. The table answers this for all patterns at once; globs are tested one by one.</summary>
    public bool Matches(ReadOnlySpan<char> host)
    {
        switch (Kind)
        {
            case HostPatternKind.Any:
                return true;
            case HostPatternKind.Exact:
                return host.SequenceEqual(Name);
            case HostPatternKind.Suffix:
                return host.EndsWith(Name, StringComparison.Ordinal)
                    && (host.Length == Name.Length || host[host.Length - Name.Length - 1] == '.');
            default:
                return MatchesLabels(host, Name, Deep);
        }
    }

    /// <summary>Whether some name below a canonical host matches.</summary>
    public bool MatchesBelow(ReadOnlySpan<char> host)
    {
        // Label by label from the right, until the host has none left: what the pattern has more is below.
        var pattern = Name.AsSpan();
        while (!pattern.IsEmpty)
        {
            var patternDot = pattern.LastIndexOf('.');
            var hostDot = host.LastIndexOf('.');
            if (!Wildcards.Match(host[(hostDot + 1)..], pattern[(patternDot + 1)..]))
            {
                return false;
            }

            pattern = pattern[..Math.Max(patternDot, 0)];
            if (hostDot < 0)
            {
                return Deep || !pattern.IsEmpty;
            }

            host = host[..hostDot];
        }

        return Deep;
    }

    private static bool MatchesLabels(ReadOnlySpan<char> host, ReadOnlySpan<char> pattern, bool deep)
    {
        // From the right, label by label: only a leading "*." lets the host have more labels than the pattern.
        while (true)
        {
            var patternDot = pattern.LastIndexOf('.');
            var hostDot = host.LastIndexOf('.');
            if (!Wildcards.Match(host[(hostDot + 1)..], pattern[(patternDot + 1)..]))
            {
                return false;
            }

            if (patternDot < 0)
            {
                return deep || hostDot < 0;
            }

            if (hostDot < 0)
            {
                return false;
            }

            pattern = pattern[..patternDot];
            host = host[..hostDot];
        }
    }
}
