using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>Distinct host patterns and networks, numbered, and which of them match a host.</summary>
internal sealed class HostPatternIndex
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly List<HostPattern> _patterns = [];
    private readonly List<IPNetwork> _networks = [];
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(HostPattern Pattern, int Id)>> _globs = new(StringComparer.Ordinal);
    private readonly Dictionary<IPNetwork, int> _networkIds = [];
    private readonly SortedSet<(AddressFamily Family, int Length)> _prefixes = [];
    private int? _any;

    /// <summary>The distinct patterns.</summary>
    public IReadOnlyList<HostPattern> Patterns => _patterns;

    /// <summary>The distinct networks.</summary>
    public IReadOnlyList<IPNetwork> Networks => _networks;

    /// <summary>The number of a rule's host pattern or network.</summary>
    public int Add(RequestRule rule)
    {
        var text = rule.Host?.Text ?? $"{rule.Network}";
        if (_ids.TryGetValue(text, out var known))
        {
            return known;
        }

        var id = _ids[text] = _texts.Count;
        _texts.Add(text);
        if (rule.Network is { } network)
        {
            _networks.Add(network);
            _networkIds[network] = id;
            _prefixes.Add((network.BaseAddress.AddressFamily, network.PrefixLength));
        }
        else if (rule.Host is { } pattern)
        {
            _patterns.Add(pattern);
            Add(pattern, id);
        }

        return id;
    }

    /// <summary>The text of a pattern or network.</summary>
    public string Text(int id) => _texts[id];

    /// <summary>The patterns and networks that match a host, from narrow to wide: the name, globs and networks, suffixes.</summary>
    public IReadOnlyList<int> Match(in CanonicalHost host)
    {
        var found = new List<int>();
        if (_exact.TryGetValue(host.Text, out var exact))
        {
            found.Add(exact);
        }

        var suffixes = new List<int>();
        var suffixOf = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        var globsOf = _globs.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.Text.AsSpan(); ;)
        {
            if (suffixOf.TryGetValue(rest, out var suffix))
            {
                suffixes.Add(suffix);
            }

            if (globsOf.TryGetValue(rest, out var globs))
            {
                AddGlobs(globs, host.Text, found);
            }

            if (rest.IsEmpty)
            {
                break;
            }

            var dot = rest.IndexOf('.');
            rest = dot < 0 ? [] : rest[(dot + 1)..];
        }

        if (host.Address is { } address)
        {
            AddNetworks(address, found);
        }

        found.AddRange(suffixes);
        if (_any is { } any)
        {
            found.Add(any);
        }

        return found;
    }

    private void Add(HostPattern pattern, int id)
    {
        switch (pattern.Kind)
        {
            case HostPatternKind.Exact:
                _exact[pattern.Name] = id;
                break;
            case HostPatternKind.Suffix:
                _suffixes[pattern.Name] = id;
                break;
            case HostPatternKind.Any:
                _any = id;
                break;
            default:
                if (!_globs.TryGetValue(pattern.LiteralTail, out var list))
                {
                    _globs[pattern.LiteralTail] = list = [];
                }

                list.Add((pattern, id));
                break;
        }
    }

    private static void AddGlobs(List<(HostPattern Pattern, int Id)> globs, string host, List<int> found)
    {
        foreach (var (pattern, id) in globs)
        {
            if (pattern.Matches(host))
            {
                found.Add(id);
            }
        }
    }

    private void AddNetworks(IPAddress address, List<int> found)
    {
        foreach (var (family, length) in _prefixes.Reverse())
        {
            if (family == address.AddressFamily && _networkIds.TryGetValue(Addresses.Network(address, length), out var id))
            {
                found.Add(id);
            }
        }
    }
}
