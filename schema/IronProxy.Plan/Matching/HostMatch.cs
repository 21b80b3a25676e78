using System.Runtime.CompilerServices;

namespace IronProxy.Plan.Matching;

/// <summary>
/// What one lookup of a host found: its place in the trie, which fixes its class, and the globs and networks that match
/// beside it. It lives on the stack, so a lookup allocates nothing.
/// </summary>
public struct HostMatch
{
    private Inline _inline;
    private List<int>? _more;

    internal HostMatch(int exact, int suffix)
    {
        Exact = exact;
        Suffix = suffix;
    }

    /// <summary>Index of the name that is the host, or -1.</summary>
    internal int Exact { readonly get; set; }

    /// <summary>Index of the narrowest <c>*.name</c> or <c>*</c> that covers the host, or -1.</summary>
    internal int Suffix { readonly get; set; }

    /// <summary>How many globs and networks match.</summary>
    internal int ExtraCount { readonly get; private set; }

    /// <summary>A glob (its host index) or a network (the complement of its index).</summary>
    internal readonly int Extra(int i) => i < Inline.Length ? _inline[i] : _more![i - Inline.Length];

    internal void AddExtra(int pattern)
    {
        if (ExtraCount < Inline.Length)
        {
            _inline[ExtraCount] = pattern;
        }
        else
        {
            (_more ??= new List<int>(16)).Add(pattern);
        }

        ExtraCount++;
    }

    [InlineArray(Length)]
    private struct Inline
    {
        public const int Length = 8;
        private int _first;
    }
}
