using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Plan;

/// <summary>What keeps a text from being an address with a port.</summary>
public enum AddressProblem
{
    /// <summary>It is no address.</summary>
    NoAddress,

    /// <summary>What stands behind the last colon is no port.</summary>
    NoPort,

    /// <summary>A name stands where an address should.</summary>
    HostName,
}

/// <summary>Reads addresses as people write them, in proxy.yaml and in the environment.</summary>
public static class AddressText
{
    /// <summary>Reads an address in its usual notation: not 127.1, not 010.0.0.1, without zone and brackets.</summary>
    public static IPAddress? TryAddress(string text)
    {
        if (text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 || string.Equals(address.ToString(), text, StringComparison.Ordinal)
            ? address
            : null;
    }

    /// <summary>Reads an address with a port, such as <c>:443</c>, <c>127.0.0.1:8080</c> or <c>[::1]:53</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="defaultPort">The port when none is written; null when one must be.</param>
    /// <param name="address">The address.</param>
    /// <param name="colon">Where the port's colon stands; -1 without one.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static AddressProblem? TryRead(string text, int? defaultPort, out ListenAddress? address, out int colon)
    {
        address = null;
        var bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        colon = text.LastIndexOf(':');
        var plainIPv6 = bracket < 0 && text.AsSpan().Count(':') > 1;
        if (plainIPv6 || colon < bracket)
        {
            colon = -1;
        }

        if (colon < 0 && (defaultPort is null || text.Length == 0))
        {
            return AddressProblem.NoAddress;
        }

        var host = colon < 0 ? text : text[..colon];
        var port = defaultPort ?? 0;
        if (colon >= 0 && !TryPort(text.AsSpan(colon + 1), out port))
        {
            return AddressProblem.NoPort;
        }

        if (bracket > 0)
        {
            host = bracket == host.Length - 1 && host.Contains(':', StringComparison.Ordinal) ? host[1..^1] : "[";
        }

        address = host.Length == 0 ? new ListenAddress(null, port)
            : string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? new ListenAddress("127.0.0.1", port)
            : TryAddress(host) is { } read ? new ListenAddress(CanonicalHost.Unmap(read).ToString(), port)
            : null;
        return address is not null ? null : CanonicalHost.TryCreateFromText(host, out _) is null ? AddressProblem.HostName : AddressProblem.NoAddress;
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;
}
