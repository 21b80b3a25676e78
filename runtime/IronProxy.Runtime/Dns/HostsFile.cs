using System.Collections.Frozen;
using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>The names of a hosts(5) file.</summary>
public sealed class HostsFile
{
    private readonly FrozenDictionary<string, IPAddress[]> _names;

    private HostsFile(FrozenDictionary<string, IPAddress[]> names) => _names = names;

    /// <summary>A file without names.</summary>
    public static HostsFile Empty { get; } = new(FrozenDictionary<string, IPAddress[]>.Empty);

    /// <summary>Reads a file's text. Lines that are not understood are left out, as the C library does.</summary>
    public static HostsFile Parse(string text)
    {
        var names = new Dictionary<string, List<IPAddress>>(StringComparer.Ordinal);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var comment = line.IndexOf('#');
            var words = (comment < 0 ? line : line[..comment]).ToString().Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var first, .. var hosts] || !IPAddress.TryParse(first, out var address))
            {
                continue;
            }

            foreach (var host in hosts)
            {
                if (CanonicalHost.TryCreate(host, bracketed: false, out var name) is null && name.Address is null)
                {
                    Add(names, name.Text, CanonicalHost.Unmap(address));
                }
            }
        }

        return new HostsFile(names.ToFrozenDictionary(n => n.Key, n => n.Value.ToArray(), StringComparer.Ordinal));
    }

    /// <summary>The addresses of a name, or null when the file does not have it.</summary>
    public IPAddress[]? Find(string name) => _names.TryGetValue(name, out var addresses) ? [.. addresses] : null;

    private static void Add(Dictionary<string, List<IPAddress>> names, string name, IPAddress address)
    {
        if (!names.TryGetValue(name, out var addresses))
        {
            names.Add(name, addresses = []);
        }

        if (!addresses.Contains(address))
        {
            addresses.Add(address);
        }
    }
}
