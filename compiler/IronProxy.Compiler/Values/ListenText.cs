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
        switch (AddressText.TryRead(value, defaultPort, out var address, out var colon))
        {
            case null:
                return address;
            case AddressProblem.NoPort:
                bag.PortInvalid(bag.Source.Slice(text.Node, colon + 1, Math.Max(1, value.Length - colon - 1)), value[(colon + 1)..]);
                return null;
            case AddressProblem.HostName when defaultPort is null:
                bag.ListenHostName(bag.Source.Slice(text.Node, 0, colon), value[..colon]);
                return null;
            default:
                invalid(text.Span);
                return null;
        }
    }
}
