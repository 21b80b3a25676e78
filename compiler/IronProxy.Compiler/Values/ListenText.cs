using System.Globalization;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads addresses with ports: listeners, and resolvers.</summary>
internal static class ListenText
{
    /// <summary>Reads a listener's address such as <c>:443</c>; null when it is not one, and the bag says why.</summary>
    public static ListenAddress? ParseListener(Located<string> text, DiagnosticBag bag) => Parse(text, bag, defaultPort: null, bag.ListenInvalid);

    /// <summary>Reads a server's address such as <c>8.8.8.8:53</c>, with a port that may be left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bag">Where findings go.</param>
    /// <param name="defaultPort">The port when none is written.</param>
    /// <param name="invalid">Reports what is not an address.</param>
    public static ListenAddress? ParseServer(Located<string> text, DiagnosticBag bag, int defaultPort, Action<SourceSpan> invalid)
    {
        var server = Parse(text, bag, defaultPort, invalid);
        if (server is { Address: null } or { Port: 0 })
        {
            invalid(text.Span);
            return null;
        }

        return server;
    }

    private static ListenAddress? Parse(Located<string> text, DiagnosticBag bag, int? defaultPort, Action<SourceSpan> invalid)
    {
        var value = text.Value;
        var bracket = value.StartsWith('[') ? value.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = value.LastIndexOf(':');
        var plainIPv6 = bracket < 0 && value.AsSpan().Count(':') > 1;
        if (plainIPv6 || colon < bracket)
        {
            colon = -1;
        }

        if (colon < 0 && (defaultPort is null || value.Length == 0))
        {
            invalid(text.Span);
            return null;
        }

        var host = colon < 0 ? value : value[..colon];
        var port = defaultPort ?? 0;
        if (colon >= 0 && !TryPort(value.AsSpan(colon + 1), out port))
        {
            bag.PortInvalid(bag.Source.Slice(text.Node, colon + 1, Math.Max(1, value.Length - colon - 1)), value[(colon + 1)..]);
            return null;
        }

        if (bracket > 0)
        {
            host = bracket == host.Length - 1 && host.Contains(':', StringComparison.Ordinal) ? host[1..^1] : "";
            if (host.Length == 0)
            {
                invalid(text.Span);
                return null;
            }
        }

        if (host.Length == 0)
        {
            return new ListenAddress(null, port);
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new ListenAddress("127.0.0.1", port);
        }

        if (NetworkText.TryAddress(host) is { } address)
        {
            return new ListenAddress(CanonicalHost.Unmap(address).ToString(), port);
        }

        if (defaultPort is null && CanonicalHost.TryCreateFromText(host, out _) is null)
        {
            bag.ListenHostName(bag.Source.Slice(text.Node, 0, host.Length), host);
            return null;
        }

        invalid(text.Span);
        return null;
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;
}
