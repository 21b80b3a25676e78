using System.Net;

namespace IronProxy.Certificates;

/// <summary>
/// What a leaf certificate is for: a host name or an address. Only names that some host could have get a certificate: a
/// wildcard would be good for hosts that were never asked for, and anything else is somebody's attack on a parser.
/// </summary>
public readonly record struct LeafName
{
    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    private LeafName(string? host, IPAddress? address)
    {
        Host = host;
        Address = address;
    }

    /// <summary>The host name in lower case. Null for an address.</summary>
    public string? Host { get; }

    /// <summary>The address. Null for a host name.</summary>
    public IPAddress? Address { get; }

    /// <summary>A host name, in ASCII and without a trailing dot.</summary>
    /// <exception cref="ArgumentException">It is not the name of a host, or is an address.</exception>
    public static LeafName ForHost(string host)
    {
        if (!IsHost(host))
        {
            throw new ArgumentException("The name is not that of a host.", nameof(host));
        }

        return new LeafName(host.ToLowerInvariant(), null);
    }

    /// <summary>Whether a text is the name of a host: in ASCII, without a trailing dot, and no address in one notation or another.</summary>
    public static bool IsHost(string host) =>
        host.Length is > 0 and <= MaxLength
        && host.Split('.').All(IsLabel)
        && !IsNumber(host[(host.LastIndexOf('.') + 1)..]); // Names of hosts do not end in a number.

    /// <summary>An address. One of IPv4 mapped into IPv6 counts as that of IPv4.</summary>
    public static LeafName ForAddress(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        // A zone is this machine's business and is not part of the address.
        return new LeafName(null, new IPAddress(address.GetAddressBytes()));
    }

    /// <inheritdoc />
    public override string ToString() => Host ?? Address?.ToString() ?? "";

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength
        && label[0] is not ('-' or '_')
        && label[^1] is not ('-' or '_')
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label.Skip(2).All(char.IsAsciiHexDigit));
}
