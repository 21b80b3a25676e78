namespace IronProxy.Compiler.Learning;

/// <summary>The paths that were recorded at one host, segment by segment, and what they have in common.</summary>
internal sealed class PathTree
{
    /// <summary>Stands for any segment; at the end of a path for the rest of it.</summary>
    private const string Any = "*";

    /// <summary>Stands for all that is deeper than <see cref="MaxDepth"/>.</summary>
    private const string Rest = "**";

    /// <summary>More names than this in one place are taken for ids, whatever they look like.</summary>
    private const int MaxSiblings = 8;

    /// <summary>What is deeper is taken together: nobody reviews such paths one by one.</summary>
    private const int MaxDepth = 32;

    private readonly Node _root = new();

    /// <summary>Adds requests.</summary>
    /// <param name="method">Their method.</param>
    /// <param name="path">The path that rules are matched against.</param>
    /// <param name="count">How many there were.</param>
    public void Add(string method, string path, long count)
    {
        // Stars and brackets in a path are plain characters, and in a pattern none. One question mark stands for one character.
        var segments = path[1..].Replace('*', '?').Replace('[', '?').Split('/', MaxDepth);
        if (segments.Length == MaxDepth)
        {
            segments[^1] = Rest;
        }

        var node = _root;
        foreach (var segment in segments)
        {
            node = node.Child(segment);
        }

        node.Count(method, count);
    }

    /// <summary>The patterns that match all of it, each with its methods and how often those were seen. Call it once.</summary>
    public IReadOnlyList<(string Pattern, SortedDictionary<string, long> Methods)> Patterns()
    {
        Generalise(_root, first: true);
        var patterns = new List<(string, SortedDictionary<string, long>)>();
        Collect(_root, "", named: false, [], patterns);
        return PathCover.Prune(patterns);
    }

    private static void Generalise(Node node, bool first)
    {
        // An empty segment is a slash at the end: it is never an id.
        string[] names = [.. node.Children.Keys.Where(n => n is not (Any or Rest or ""))];
        string[] ids = [.. names.Where(n => IdSegments.LooksLikeId(n, first))];
        foreach (var name in names.Length - ids.Length > MaxSiblings ? names : ids)
        {
            node.Children.Remove(name, out var child);
            node.Child(Any).Merge(child!); // It was among the children.
        }

        foreach (var child in node.Children.Values)
        {
            Generalise(child, first: false);
        }
    }

    /// <param name="node">Where we are.</param>
    /// <param name="path">How we came there.</param>
    /// <param name="named">Whether a segment on the way there is more than a wildcard.</param>
    /// <param name="open">For each method the pattern above that matches all that follows, if one does.</param>
    /// <param name="patterns">What was found.</param>
    private static void Collect(
        Node node,
        string path,
        bool named,
        Dictionary<string, SortedDictionary<string, long>> open,
        List<(string, SortedDictionary<string, long>)> patterns)
    {
        // An open star behind nothing but stars would be the whole host: there each stands for one segment.
        string[] openers = named ? [Any, Rest] : [Rest];
        string[] methods = [.. openers.SelectMany(o => node.Children.GetValueOrDefault(o)?.Methods.Keys.ToArray() ?? []).Where(m => !open.ContainsKey(m))];
        if (methods.Length > 0)
        {
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            open = new Dictionary<string, SortedDictionary<string, long>>(open, StringComparer.Ordinal);
            foreach (var method in methods)
            {
                counts[method] = 0;
                open[method] = counts;
            }

            patterns.Add(($"{path}/*", counts));
        }

        Take(node, named || !path.EndsWith('*') ? path : $"{path}?", open, patterns);
        foreach (var (name, child) in node.Children)
        {
            Collect(child, $"{path}/{name}", named || name is not (Any or Rest or ""), open, patterns);
        }
    }

    /// <summary>Counts what ends here: for a pattern that is open, or for a pattern of its own.</summary>
    private static void Take(
        Node node,
        string path,
        Dictionary<string, SortedDictionary<string, long>> open,
        List<(string, SortedDictionary<string, long>)> patterns)
    {
        var own = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (method, count) in node.Methods)
        {
            if (open.TryGetValue(method, out var counts))
            {
                counts[method] += count;
            }
            else
            {
                own.Add(method, count);
            }
        }

        if (own.Count > 0)
        {
            patterns.Add((path, own));
        }
    }

    private sealed class Node
    {
        public SortedDictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, long> Methods { get; } = new(StringComparer.Ordinal);

        public Node Child(string name)
        {
            if (!Children.TryGetValue(name, out var child))
            {
                Children[name] = child = new Node();
            }

            return child;
        }

        public void Count(string method, long count) => Methods[method] = Methods.GetValueOrDefault(method) + count;

        public void Merge(Node other)
        {
            foreach (var (method, count) in other.Methods)
            {
                Count(method, count);
            }

            foreach (var (name, child) in other.Children)
            {
                Child(name).Merge(child);
            }
        }
    }
}
