using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// The names of the header lines that go from one end to the other: those that belong to a connection, to routing or to framing are made anew for the next one.
/// </summary>
public readonly struct EndToEndNames
{
    private readonly IReadOnlySet<string>? _own;
    private readonly bool _request;

    private EndToEndNames(string? connection, bool request)
    {
        _own = connection is null ? null : ConnectionOptions.Parse(connection);
        _request = request;
    }

    /// <summary>Whether lines of a name go on.</summary>
    public bool Has(string name) => _request
        ? !name.StartsWith(':')
            && !Is(name, "Host")
            && !Is(name, "Content-Length")
            && !Is(name, "Transfer-Encoding")
            && (!IsOfConnection(name) || !Checks.On(Check.HopByHopHeaders))
        : !Is(name, "Content-Length") && !IsOfConnection(name);

    /// <summary>Lines that say what a body was, byte for byte: they are wrong as soon as a byte of it is another one (RFC 9110, 8.8.3; RFC 9530; RFC 3230; RFC 1864).</summary>
    public static bool DescribesBytes(string name) =>
        Is(name, "ETag") || Is(name, "Content-Digest") || Is(name, "Repr-Digest") || Is(name, "Digest") || Is(name, "Content-MD5");

    /// <summary>Copies the head of a request.</summary>
    internal static void Copy(ReceivedHeaders received, HeaderLines to)
    {
        received.CopyTo(to, new EndToEndNames(received.Find("Connection"), request: true));

        // gRPC asks for trailers this way, and it is the one value that HTTP/2 allows (RFC 9113, 8.2.2).
        if (received.IsHttp2 && received.Find("TE") == "trailers" && Checks.On(Check.HopByHopHeaders))
        {
            to.Add("TE", "trailers");
        }
    }

    /// <summary>Copies the head of a response.</summary>
    internal static void Copy(IEnumerable<KeyValuePair<string, string>> received, HeaderLines to)
    {
        string? connection = null;
        foreach (var (name, value) in received)
        {
            if (Is(name, "Connection"))
            {
                connection = connection is null ? value : $"{connection},{value}";
            }
        }

        var names = new EndToEndNames(connection, request: false);
        foreach (var (name, value) in received)
        {
            if (names.Has(name))
            {
                to.Add(name, value);
            }
        }
    }

    private bool IsOfConnection(string name) => HeaderName.IsHopByHop(name) || _own?.Contains(name) == true;

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
