using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads path patterns.</summary>
internal static class PathText
{
    /// <summary>The pattern, or null; the bag says why.</summary>
    public static string? Parse(Located<string> text, DiagnosticBag bag)
    {
        var path = text.Value;
        if (!path.StartsWith('/'))
        {
            bag.PathWithoutSlash(text.Span, path);
            return null;
        }

        if (path.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment)
        {
            bag.PathNeverMatches(bag.Source.Slice(text.Node, fragment, 1), "clients do not send fragments");
            return null;
        }

        // In the original they hold the characters that one may be; requests may have them.
        if (path.IndexOf('[', StringComparison.Ordinal) is >= 0 and var bracket)
        {
            bag.PathWithBracket(bag.Source.Slice(text.Node, bracket, 1));
            return null;
        }

        // The same reading that requests get; wildcards stand for letters in it.
        if (RequestTarget.TryCreate(path.Replace('?', 'x').Replace('*', 'x'), out _) is { } refusal)
        {
            bag.PathNeverMatches(text.Span, refusal.Sentence);
            return null;
        }

        return path;
    }

    /// <summary>Reports what a pattern says otherwise than most people who write it so would think.</summary>
    public static void Warn(Located<string> text, DiagnosticBag bag)
    {
        var path = text.Value;
        if (path.IndexOf('?', StringComparison.Ordinal) is > 0 and var query && path.IndexOf('=', query) > 0)
        {
            bag.PathWithQuery(bag.Source.Slice(text.Node, query, path.Length - query), path[..query]);
        }

        if (path.IndexOf("**", StringComparison.Ordinal) is >= 0 and var stars && path.AsSpan(stars).IndexOfAnyExcept('*') is > 0 and var length)
        {
            bag.PathDoubleStar(bag.Source.Slice(text.Node, stars, length));
        }
    }
}
