using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Plan;

/// <summary>
/// A host in the one form that policy, wire and audit share: lower case, without a trailing dot, port or brackets.
/// Equal hosts have equal text.
/// </summary>
public readonly record struct CanonicalHost
{
    /// <summary>RFC 1035, 2.3.4: 255 octets on the wire leave 253 characters of text.</summary>
    private const int MaxLength = 253;

    private const int MaxLabelLength = 63;

    private static readonly SearchValues<char> Canonical =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false };

    private CanonicalHost(string text, IPAddress? address)
    {
        Text = text;
        Address = address;
    }

    /// <summary>The host's text; an IPv6 address has no brackets.</summary>
    public string Text { get; }

    /// <summary>The address, when the host is a literal one.</summary>
    public IPAddress? Address { get; }

    /// <summary>The host as it stands in a URL: IPv6 addresses in brackets.</summary>
    public string UriText => Address?.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Text}]" : Text;

    /// <summary>Whether it is this machine by its name or address: what goes there crosses no network.</summary>
    public bool IsLoopback => Text == "localhost" || (Address is { } address && IPAddress.IsLoopback(address));

    /// <inheritdoc />
    public override string ToString() => Text;

    /// <summary>
    /// Reads a host as it comes over the wire: a name in ASCII, an IPv4 address in dotted decimal, or an IPv6 address in
    /// brackets (<paramref name="bracketed"/> says that they were there and are removed).
    /// </summary>
    /// <param name="raw">The host, without port.</param>
    /// <param name="bracketed">Whether the host stood in brackets.</param>
    /// <param name="host">The canonical host.</param>
    /// <returns>Null, or why the host is refused.</returns>
    public static Reason? TryCreate(ReadOnlySpan<char> raw, bool bracketed, out CanonicalHost host)
    {
        host = default;
        if (bracketed)
        {
            return TryCreateIPv6(raw, out host);
        }

        if (raw.Length > 0 && raw[^1] == '.')
        {
            raw = raw[..^1];
        }

        if (raw.IsEmpty)
        {
            return Reason.MissingHost;
        }

        if (!HasNameSyntax(raw) && (Checks.On(Check.HostSyntax) || raw.ContainsAny('/', '@', ':')))
        {
            return Reason.InvalidHost;
        }

        if (EndsInNumber(raw))
        {
            if (TryParseDottedDecimal(raw, out var address))
            {
                host = new CanonicalHost(address.ToString(), address);
                return null;
            }

            // WHATWG URL, "ends in a number": resolvers read 127.1, 0x7f.1 and 2130706433 as addresses.
            if (Checks.On(Check.HostAddressNotation))
            {
                return Reason.AmbiguousAddress;
            }
        }

        var text = raw.ContainsAnyExcept(Canonical) ? raw.ToString().ToLowerInvariant() : raw.ToString();
        if (text.Contains("xn--", StringComparison.Ordinal) && Checks.On(Check.HostSyntax) && !HasValidPunycode(text))
        {
            return Reason.InvalidHost;
        }

        host = new CanonicalHost(text, null);
        return null;
    }

    /// <summary>The same for a host that is known to be an address, as in SOCKS5 requests.</summary>
    public static CanonicalHost FromAddress(IPAddress address)
    {
        address = Unmap(address);
        return new CanonicalHost(address.ToString(), address);
    }

    /// <summary>
    /// Reads a host as a person writes it in proxy.yaml: also with characters beyond ASCII (RFC 5891, through punycode),
    /// and IPv6 addresses with or without brackets.
    /// </summary>
    public static Reason? TryCreateFromText(string text, out CanonicalHost host)
    {
        host = default;
        if (text is ['[', .., ']'])
        {
            return TryCreate(text.AsSpan(1, text.Length - 2), bracketed: true, out host);
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TryCreate(text, bracketed: true, out host);
        }

        if (!TryToAscii(text, out var ascii))
        {
            return Reason.InvalidHost;
        }

        return TryCreate(ascii, bracketed: false, out host);
    }

    /// <summary>IDNA: names beyond ASCII become lower case and punycode; ASCII stays as it is.</summary>
    public static bool TryToAscii(string text, out string ascii)
    {
        ascii = text;
        if (System.Text.Ascii.IsValid(text))
        {
            return true;
        }

        try
        {
            // Without ICU punycode is all that IdnMapping does: what IDNA maps first (RFC 5895, 2.1) is left to us.
            ascii = Idn.GetAscii(text.ToLowerInvariant());
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291, 2.5.5.2), or the address itself.</summary>
    public static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static Reason? TryCreateIPv6(ReadOnlySpan<char> raw, out CanonicalHost host)
    {
        host = default;

        // Zone identifiers name an interface of this machine; IPAddress would also take "1.2.3.4" here.
        if (raw.ContainsAny('%', '[', ']') || !raw.Contains(':') || !IPAddress.TryParse(raw, out var address))
        {
            return Reason.InvalidHost;
        }

        host = FromAddress(address);
        return null;
    }

    private static bool HasNameSyntax(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxLength)
        {
            return false;
        }

        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.IsEmpty || label.Length > MaxLabelLength || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool EndsInNumber(ReadOnlySpan<char> name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (!last.ContainsAnyExceptInRange('0', '9'))
        {
            return true;
        }

        return last.Length >= 2 && last[0] == '0' && last[1] is 'x' or 'X' && !last[2..].ContainsAnyExcept(HexDigits);
    }

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static bool TryParseDottedDecimal(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> bytes = stackalloc byte[4];
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (count == 4
                || part.Length is 0 or > 3
                || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[count]))
            {
                return false;
            }

            count++;
        }

        if (count != 4)
        {
            return false;
        }

        address = new IPAddress(bytes);
        return true;
    }

    private static bool HasValidPunycode(string text)
    {
        try
        {
            // A label that decodes to plain ASCII, or to something that encodes differently, has two spellings.
            return string.Equals(Idn.GetAscii(Idn.GetUnicode(text)), text, StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
