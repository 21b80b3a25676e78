using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What goes from one end to the other: lines that belong to a connection, to routing or to framing are made anew for the next one.</summary>
internal static class EndToEndHeaders
{
    /// <summary>Copies the head of a request.</summary>
    public static void Copy(ReceivedHeaders received, HeaderLines to)
    {
        received.CopyTo(to);
        var strip = Checks.On(Check.HopByHopHeaders);
        var own = ConnectionOptions.Of(to);

        // gRPC asks for trailers this way, and it is the one value that HTTP/2 allows (RFC 9113, 8.2.2).
        var asksForTrailers = received.IsHttp2 && to.Find("TE") == "trailers";
        to.RemoveAll(line => line.Key.StartsWith(':')
            || Is(line.Key, "Host")
            || Is(line.Key, "Content-Length")
            || Is(line.Key, "Transfer-Encoding")
            || (strip && IsOfConnection(line.Key, own)));
        if (asksForTrailers && strip)
        {
            to.Add("TE", "trailers");
        }
    }

    /// <summary>Copies the head of a response.</summary>
    public static void Copy(IEnumerable<KeyValuePair<string, string>> received, HeaderLines to)
    {
        foreach (var (name, value) in received)
        {
            to.Add(name, value);
        }

        var own = ConnectionOptions.Of(to);
        to.RemoveAll(line => Is(line.Key, "Content-Length") || IsOfConnection(line.Key, own));
    }

    private static bool IsOfConnection(string name, IReadOnlySet<string>? own) => HeaderName.IsHopByHop(name) || own?.Contains(name) == true;

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
