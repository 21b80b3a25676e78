using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Spaces.Paths;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>
/// Compares what rules ask of client, port, scheme, method and path. Clients, ports and methods that no box names are alike, so
/// there are finitely many combinations; for each, a question about paths is left.
/// </summary>
internal sealed class BoxComparer
{
    private static readonly string[] Schemes = ["https", "http"];

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<Box> _boxes = [];
    private readonly PathQuestions _paths = new();
    private readonly Dictionary<string, BoxDifference?> _answers = new(StringComparer.Ordinal);

    /// <summary>The number of a box.</summary>
    public int Intern(RequestBox box)
    {
        var key = box.Key;
        if (!_ids.TryGetValue(key, out var id))
        {
            _ids[key] = id = _boxes.Count;
            _boxes.Add(new Box(
                box.Ports?.ToHashSet(),
                box.Schemes?.ToHashSet(StringComparer.Ordinal),
                box.Methods?.ToHashSet(StringComparer.Ordinal),
                box.Paths is { } paths ? [.. paths.Select(_paths.Intern)] : null,
                box.Clients?.ToHashSet(StringComparer.Ordinal)));
        }

        return id;
    }

    /// <summary>What is in a box of each of the inside's unions, and not in a box of each of the outside's.</summary>
    /// <returns>Null when there is nothing. Equal questions get the same object.</returns>
    public BoxDifference? Compare(int[][] inside, int[][] outside)
    {
        if (inside.Any(u => u.Length == 0) || outside.All(o => inside.Any(i => IsSubset(i, o))))
        {
            return null;
        }

        var key = $"{Key(inside)}\\{Key(outside)}";
        if (!_answers.TryGetValue(key, out var answer))
        {
            _answers[key] = answer = Explore(inside, outside);
        }

        return answer;
    }

    private static string Key(int[][] unions) =>
        string.Join('&', unions.Select(u => string.Join(',', u)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    /// <summary>Both are ascending.</summary>
    private static bool IsSubset(int[] part, int[] whole)
    {
        var at = 0;
        foreach (var box in part)
        {
            while (at < whole.Length && whole[at] < box)
            {
                at++;
            }

            if (at == whole.Length || whole[at] != box)
            {
                return false;
            }
        }

        return true;
    }

    private BoxDifference? Explore(int[][] inside, int[][] outside)
    {
        var boxes = inside.Concat(outside).SelectMany(u => u).Distinct().Select(b => _boxes[b]).ToArray();
        var ports = PortClasses([.. boxes.SelectMany(b => b.Ports ?? []).Distinct().Order()]);
        var methods = MethodClasses([.. boxes.SelectMany(b => b.Methods ?? []).Distinct(StringComparer.Ordinal)]);
        var clients = ClientClasses([.. boxes.SelectMany(b => b.Clients ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        var cells = new List<BoxCell>();
        foreach (var client in clients)
        {
            foreach (var scheme in Schemes)
            {
                foreach (var port in ports)
                {
                    foreach (var method in methods)
                    {
                        if (Cell(inside, outside, client, scheme, port, method) is { } cell)
                        {
                            cells.Add(cell);
                        }
                    }
                }
            }
        }

        return cells.Count == 0 ? null : new BoxDifference(BoxCells.Join(cells, clients, ports, methods));
    }

    /// <summary>Named clients, and null, which stands for the others and for those who are not known.</summary>
    private static string?[] ClientClasses(string[] named) => [null, .. named];

    /// <summary>Named ports, and one that stands for the others: null.</summary>
    private static int?[] PortClasses(int[] named) => [null, .. named];

    private static string?[] MethodClasses(string[] named)
    {
        // A request with the method CONNECT is a tunnel: what goes through it is decided for itself.
        var usual = RequestMethod.Names.Where(named.Contains);
        return [null, .. usual.Concat(named.Except(RequestMethod.Names, StringComparer.Ordinal).Order(StringComparer.Ordinal)).Where(m => m != "CONNECT")];
    }

    private BoxCell? Cell(int[][] inside, int[][] outside, string? client, string scheme, int? port, string? method)
    {
        var insidePaths = PathsOf(inside, client, scheme, port, method);
        if (insidePaths is null)
        {
            return null;
        }

        var widened = Widened(insidePaths, PathsOf(outside, client, scheme, port, method));
        return widened.Count == 0 ? null : new BoxCell(
            client,
            scheme,
            port,
            method,
            [.. widened.Select(w => w.Pattern).OfType<string>().Order(StringComparer.Ordinal)],
            widened.Select(w => w.Path).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal).First());
    }

    /// <summary>For each union, the union of its boxes' paths; unions of everything are left out. Null when one is empty.</summary>
    private List<int>? PathsOf(int[][] unions, string? client, string scheme, int? port, string? method)
    {
        var paths = new List<int>();
        foreach (var union in unions)
        {
            var patterns = new HashSet<int>();
            var (any, all) = (false, false);
            foreach (var box in union.Select(b => _boxes[b]).Where(b => b.Admits(client, scheme, port, method)))
            {
                any = true;
                all |= box.Paths is null;
                patterns.UnionWith(box.Paths ?? []);
            }

            if (!any)
            {
                return null;
            }

            if (!all)
            {
                paths.Add(_paths.InternUnion(patterns));
            }
        }

        return paths;
    }

    /// <summary>
    /// Which path patterns bring more, those of the union with the fewest, and a path for each. One by one: automata of
    /// thousands of patterns are large, and what one pattern leaves of them is small. The pattern is null when there are none.
    /// </summary>
    private List<(string? Pattern, string Path)> Widened(List<int> inside, List<int>? outside)
    {
        var found = new List<(string? Pattern, string Path)>();
        if (inside.Count == 0)
        {
            Add(null, inside);
            return found;
        }

        var shown = inside.MinBy(u => _paths.Members(u).Count);
        var others = inside.Where(u => u != shown).ToArray();
        foreach (var pattern in _paths.Members(shown))
        {
            Add(_paths.Pattern(pattern), [.. others, _paths.InternUnion([pattern])]);
        }

        return found;

        void Add(string? pattern, IReadOnlyCollection<int> where)
        {
            if (_paths.Find(where, outside) is { } path)
            {
                found.Add((pattern, path));
            }
        }
    }

    private sealed record Box(HashSet<int>? Ports, HashSet<string>? Schemes, HashSet<string>? Methods, int[]? Paths, HashSet<string>? Clients)
    {
        public bool Admits(string? client, string scheme, int? port, string? method) =>
            (Schemes is null || Schemes.Contains(scheme))
            && (Ports is null || (port is { } p && Ports.Contains(p)))
            && (Clients is null || (client is not null && Clients.Contains(client)))
            && (Methods is null || (method is not null && Methods.Contains(method)));
    }
}
