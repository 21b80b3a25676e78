using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Requests;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Opens a WebSocket over HTTP/2 (RFC 8441), for upstreams that speak nothing else. It has a connection of its own, as over HTTP/1.1: its end must be
/// that of nothing else, and its address is known.
/// </summary>
internal static class Http2WebSocket
{
    /// <summary>Asks for one.</summary>
    /// <returns>What was opened, or the response that refuses it.</returns>
    /// <exception cref="HttpRequestException">No usable response came.</exception>
    public static async ValueTask<UpstreamResponse> OpenAsync(UpstreamPool pool, UpstreamOrigin origin, Uri uri, ProxiedRequest context, ResponseDeadline deadline)
    {
        UpstreamPermit? permit = null;
        var client = new Http2Client(origin, ConnectAsync);
        var request = Http2Exchange.CreateWebSocket(uri, context);
        HttpResponseMessage? response = null;
        try
        {
            deadline.Start();
            response = await client.SendAsync(request, deadline.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return await Http2Response.CreateAsync(static c => c.Close(), client, request, response, content: null, deadline.Token).ConfigureAwait(false);
            }

            var stream = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            if (!stream.CanWrite)
            {
                throw new UpstreamBrokenException(Reason.UpstreamProtocol); // A success that opens nothing.
            }

            var tunnel = new Http2Tunnel(client, request, response, stream, permit?.Address);

            // To the client it is what it would be over HTTP/1.1; its own key is answered, if it has one.
            var headers = Http2Response.Lines(response.Headers.NonValidated)
                .Where(static h => !h.Key.Equals(WebSocketHandshake.AcceptHeader, StringComparison.OrdinalIgnoreCase))
                .Append(new(WebSocketHandshake.AcceptHeader, WebSocketHandshake.AnswerTo(context.WebSocket!.Key))); // Only what asked for one gets here.
            return new UpgradedResponse(tunnel, [.. headers], deadline.Token.UnsafeRegister(static t => ((Http2Tunnel)t!).Close(), tunnel));
        }
        catch
        {
            response?.Dispose();
            request.Dispose();
            client.Close();
            throw;
        }

        async ValueTask<Stream> ConnectAsync(UpstreamOrigin to, IPAddress workload, CancellationToken cancellation)
        {
            (var connection, permit) = await pool.OpenHttp2Async(to, workload, cancellation).ConfigureAwait(false);
            return connection;
        }
    }
}
