using IronProxy.Plan;
using IronProxy.Runtime.Upstream;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Pipeline;

/// <summary>Starts what will be sent from what was received.</summary>
internal static class OutgoingRequest
{
    /// <summary>Copies the end-to-end headers: those of the connection, the routing and the framing are made anew.</summary>
    public static void CopyHeaders(RequestContext context)
    {
        var received = context.ReceivedHeaders;
        var ownByConnection = received.Connection.Count > 0 ? ConnectionOptions.Parse(received.Connection) : null;
        var strip = Checks.On(Check.HopByHopHeaders);
        foreach (var (name, values) in received)
        {
            if (name.StartsWith(':')
                || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                || (strip && (HeaderName.IsHopByHop(name) || ownByConnection?.Contains(name) == true)))
            {
                continue;
            }

            context.Headers.Add(name, values);
        }

        // gRPC asks for trailers this way, and it is the one value that HTTP/2 allows (RFC 9113, 8.2.2).
        if (HttpProtocol.IsHttp2(context.Http.Request.Protocol) && received.TE == "trailers")
        {
            context.Headers.Add("TE", "trailers");
        }
    }
}
