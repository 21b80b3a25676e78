using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>The hosts of NO_PROXY, which are dialled without a proxy.</summary>
internal sealed class NoProxyList
{
    private readonly ImmutableArray<Entry> _entries;

    private NoProxyList(ImmutableArray<Entry> entries) => _entries = entries;

    /// <summary>Names no host.</summary>
    public static NoProxyList Empty { get; } = new([]);

    /// <summary>
    /// Reads entries with commas or blanks between them: names, which stand for all below them too, addresses, both with or without a port, networks, and <c>*</c>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="list">The list.</param>
    /// <returns>Null, or which entry cannot be read, counted from 1.</returns>
    public static int? TryParse(string text, out NoProxyList list)
    {
        list = Empty;
        var entries = ImmutableArray.CreateBuilder<Entry>();
        foreach (var (i, raw) in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Index())
        {
            if (TryParse(raw) is not { } entry)
            {
                return i + 1;
            }

            entries.Add(entry);
        }

        list = new NoProxyList(entries.ToImmutable());
        return null;
    }

    /// <summary>Whether an origin is in it.</summary>
    public bool Contains(UpstreamOrigin origin)
    {
        foreach (var entry in _entries)
        {
            if (entry.Matches(origin))
            {
                return true;
            }
        }

        return false;
    }

    private static Entry? TryParse(string text)
    {
        if (text == "*")
        {
            return new Entry(null, null, null);
        }

        if (text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            return TryNetwork(text[..slash], text[(slash + 1)..]) is { } network ? new Entry(null, null, network) : null;
        }

        if (AddressText.TryAddress(text) is { } address)
        {
            return new Entry(CanonicalHost.FromAddress(address), null, null);
        }

        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text.StartsWith('.') ? text[1..] : text;
        return CanonicalAuthority.TryParse(name, out var authority) is null ? new Entry(authority.Host, authority.Port, null) : null;
    }

    /// <summary>Bits behind the prefix are left out, as others do who read this variable.</summary>
    private static IPNetwork? TryNetwork(string text, string prefix)
    {
        if (AddressText.TryAddress(text) is not { } address || !int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        if (length > bytes.Length * 8)
        {
            return null;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(length - (i * 8), 0, 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    /// <summary>One entry; every host when it has nothing.</summary>
    private readonly record struct Entry(CanonicalHost? Host, int? Port, IPNetwork? Network)
    {
        public bool Matches(UpstreamOrigin origin)
        {
            if (Network is { } network)
            {
                return origin.Host.Address is { } address && network.Contains(address);
            }

            if (Host is not { } host)
            {
                return true;
            }

            return (Port is null || Port == origin.Port) && (origin.Host.Text == host.Text || IsBelow(origin.Host, host));
        }

        private static bool IsBelow(CanonicalHost host, CanonicalHost above) =>
            host.Address is null && above.Address is null && host.Text.Length > above.Text.Length
            && host.Text[^(above.Text.Length + 1)] == '.' && host.Text.EndsWith(above.Text, StringComparison.Ordinal);
    }
}
