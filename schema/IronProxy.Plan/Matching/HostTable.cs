using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IronProxy.Plan.Matching;

/// <summary>
/// The host automaton: a trie over labels, read from the right, whose nodes live in one open-addressing table keyed by
/// parent and label. A lookup touches one cache line a label and stops at the first label that no pattern has, so its cost
/// follows the host's labels and not the number of patterns. Short labels are stored in the node itself.
/// </summary>
internal sealed class HostTable
{
    private const int None = -1;

    /// <summary>Parent of the top-level labels, and the node that carries <c>*</c> and the globs without a literal tail.</summary>
    private const int Root = -2;

    private readonly Node[] _nodes;
    private readonly int _mask;
    private readonly string _longLabels;
    private readonly HostPattern[] _globs;
    private readonly int[] _globIds;
    private readonly (int Start, int Count)[] _globRanges;
    private readonly int _rootSuffix = None;
    private readonly int _rootGlobs = None;
    private readonly (IPNetwork Network, int Index)[] _networks;

    public HostTable(ImmutableArray<HostPatternPlan> hosts, ImmutableArray<string> cidrs)
    {
        var parsed = hosts.Select(h => HostPattern.Parse(h.Pattern)).ToArray();

        // Half full at worst keeps probes short.
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)CountNodes(parsed) * 2 + 16);
        _nodes = new Node[size];
        _mask = size - 1;
        var longLabels = new System.Text.StringBuilder();
        var globsByNode = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < parsed.Length; i++)
        {
            var node = Insert(parsed[i].LiteralTail, longLabels);
            switch (parsed[i].Kind)
            {
                case HostPatternKind.Exact:
                    _nodes[node].Exact = i + 1;
                    break;
                case HostPatternKind.Suffix:
                    _nodes[node].Suffix = i + 1;
                    break;
                case HostPatternKind.Any:
                    _rootSuffix = i;
                    break;
                case HostPatternKind.Glob:
                    if (!globsByNode.TryGetValue(node, out var list))
                    {
                        globsByNode[node] = list = [];
                    }

                    list.Add(i);
                    break;
            }
        }

        _longLabels = longLabels.ToString();
        _globs = new HostPattern[globsByNode.Values.Sum(l => l.Count)];
        _globIds = new int[_globs.Length];
        _globRanges = new (int, int)[globsByNode.Count];
        var (at, range) = (0, 0);
        foreach (var (node, ids) in globsByNode)
        {
            _globRanges[range] = (at, ids.Count);
            foreach (var id in ids)
            {
                _globs[at] = parsed[id];
                _globIds[at++] = id;
            }

            if (node == Root)
            {
                _rootGlobs = range;
            }
            else
            {
                _nodes[node].Globs = range + 1;
            }

            range++;
        }

        _networks = [.. cidrs.Select((c, i) => (IPNetwork.Parse(c), i))];
    }

    public HostMatch Find(in CanonicalHost host)
    {
        var match = new HostMatch(None, _rootSuffix);
        TestGlobs(ref match, host.Text, _rootGlobs);
        var rest = host.Text.AsSpan();
        var parent = Root;
        while (true)
        {
            var dot = rest.LastIndexOf('.');
            parent = FindChild(parent, rest[(dot + 1)..]);
            if (parent < 0)
            {
                break;
            }

            ref readonly var node = ref _nodes[parent];
            if (node.Suffix > 0)
            {
                match.Suffix = node.Suffix - 1;
            }

            // Only the globs that hang where the walk passes are tested: those that share the host's last labels.
            TestGlobs(ref match, host.Text, node.Globs - 1);
            if (dot < 0)
            {
                match.Exact = node.Exact - 1;
                break;
            }

            rest = rest[..dot];
        }

        if (host.Address is { } address)
        {
            AddNetworks(ref match, address);
        }

        return match;
    }

    /// <summary>Whether a pattern matches some name below a host, or the host itself: then the trie goes on there, or a glob that hangs on the way has more labels.</summary>
    public bool HasNamesBelow(in CanonicalHost host)
    {
        if (_rootSuffix >= 0 || AnyGlobBelow(host.Text, _rootGlobs))
        {
            return true;
        }

        var rest = host.Text.AsSpan();
        var parent = Root;
        while (true)
        {
            var dot = rest.LastIndexOf('.');
            parent = FindChild(parent, rest[(dot + 1)..]);
            if (parent < 0)
            {
                return false;
            }

            ref readonly var node = ref _nodes[parent];
            if (dot < 0 || node.Suffix > 0 || AnyGlobBelow(host.Text, node.Globs - 1))
            {
                return true;
            }

            rest = rest[..dot];
        }
    }

    private bool AnyGlobBelow(ReadOnlySpan<char> host, int range)
    {
        if (range >= 0)
        {
            var (start, count) = _globRanges[range];
            for (var g = start; g < start + count; g++)
            {
                if (_globs[g].MatchesBelow(host))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void TestGlobs(ref HostMatch match, ReadOnlySpan<char> host, int range)
    {
        if (range < 0)
        {
            return;
        }

        var (start, count) = _globRanges[range];
        for (var g = start; g < start + count; g++)
        {
            if (_globs[g].Matches(host))
            {
                match.AddExtra(_globIds[g]);
            }
        }
    }

    private void AddNetworks(ref HostMatch match, IPAddress address)
    {
        foreach (var (network, index) in _networks)
        {
            if (network.Contains(address))
            {
                match.AddExtra(~index);
            }
        }
    }

    /// <summary>How many nodes the trie will have. Two names with one hash are counted once, which is near enough for a size.</summary>
    private static int CountNodes(HostPattern[] patterns)
    {
        var seen = new HashSet<int>(patterns.Length);
        foreach (var pattern in patterns)
        {
            var rest = pattern.LiteralTail.AsSpan();
            while (!rest.IsEmpty && seen.Add(string.GetHashCode(rest)))
            {
                rest = rest[(rest.IndexOf('.') + 1)..]; // The last label stays, and has been seen then.
            }
        }

        return seen.Count;
    }

    private int Insert(string name, System.Text.StringBuilder longLabels)
    {
        var parent = Root;
        var rest = name.AsSpan();
        while (!rest.IsEmpty)
        {
            var dot = rest.LastIndexOf('.');
            var label = rest[(dot + 1)..];
            var index = FindChild(parent, label, longLabels);
            if (index < 0)
            {
                index = ~index;
                _nodes[index] = Node.Create(parent, label, longLabels);
            }

            parent = index;
            rest = rest[..Math.Max(dot, 0)];
        }

        return parent;
    }

    private int FindChild(int parent, ReadOnlySpan<char> label)
    {
        var at = (int)(Hash(parent, label) & (uint)_mask);
        while (true)
        {
            ref readonly var node = ref _nodes[at];
            if (node.Length == 0)
            {
                return None;
            }

            if (node.Parent == parent && node.Length == label.Length
                && (label.Length <= ShortLabel.Length
                    ? node.ShortEquals(label)
                    : label.SequenceEqual(_longLabels.AsSpan(node.LongOffset, label.Length))))
            {
                return at;
            }

            at = (at + 1) & _mask;
        }
    }

    /// <summary>The same while the table is being built; the complement of the free slot when the label is absent.</summary>
    private int FindChild(int parent, ReadOnlySpan<char> label, System.Text.StringBuilder longLabels)
    {
        var at = (int)(Hash(parent, label) & (uint)_mask);
        while (true)
        {
            ref readonly var node = ref _nodes[at];
            if (node.Length == 0)
            {
                return ~at;
            }

            if (node.Parent == parent && node.Length == label.Length
                && (label.Length <= ShortLabel.Length
                    ? node.ShortEquals(label)
                    : label.SequenceEqual(longLabels.ToString(node.LongOffset, label.Length))))
            {
                return at;
            }

            at = (at + 1) & _mask;
        }
    }

    /// <summary>
    /// Patterns come from the operator and not from the workload, so the table cannot be filled by an attacker and the hash
    /// needs no key; it only has to spread names that differ in a digit.
    /// </summary>
    private static uint Hash(int parent, ReadOnlySpan<char> label)
    {
        var hash = (ulong)(uint)parent * 0x9E3779B97F4A7C15UL;
        var words = MemoryMarshal.Cast<char, ulong>(label);
        foreach (var word in words)
        {
            hash = BitOperations.RotateLeft((hash ^ word) * 0x9FB21C651E98DF25UL, 29);
        }

        foreach (var c in label[(words.Length * 4)..])
        {
            hash = BitOperations.RotateLeft((hash ^ c) * 0x9FB21C651E98DF25UL, 29);
        }

        hash *= 0xD6E8FEB86659FD93UL;
        return (uint)(hash >> 32);
    }

    [InlineArray(Length)]
    private struct ShortLabel
    {
        public const int Length = 11;
        private byte _first;
    }

    /// <summary>One slot, 32 bytes, so that two share a cache line and none straddles one.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Node
    {
        public int Parent;

        /// <summary>Host index plus one of the name that ends here; 0 is none.</summary>
        public int Exact;

        /// <summary>Host index plus one of the <c>*.name</c> that ends here; 0 is none.</summary>
        public int Suffix;

        /// <summary>Range of globs plus one that hang here; 0 is none.</summary>
        public int Globs;

        public int LongOffset;

        /// <summary>Length of the label, which <see cref="MatchTablesCheck"/> has found to fit; 0 marks a free slot.</summary>
        public byte Length;

        private ShortLabel _label;

        public static Node Create(int parent, ReadOnlySpan<char> label, System.Text.StringBuilder longLabels)
        {
            var node = new Node { Parent = parent, Length = (byte)label.Length };
            if (label.Length > ShortLabel.Length)
            {
                node.LongOffset = longLabels.Length;
                longLabels.Append(label);
            }
            else
            {
                for (var i = 0; i < label.Length; i++)
                {
                    node._label[i] = (byte)label[i];
                }
            }

            return node;
        }

        public readonly bool ShortEquals(ReadOnlySpan<char> label)
        {
            for (var i = 0; i < label.Length; i++)
            {
                if (_label[i] != label[i])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
