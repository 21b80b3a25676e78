using System.Net.Sockets;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Handling;

/// <summary>Tells a client that its WebSocket is open.</summary>
internal static class WebSocketDoor
{
    /// <summary>Sends the head of the response.</summary>
    /// <param name="context">The request.</param>
    /// <param name="socket">What it asked for.</param>
    /// <param name="response">The upstream's response.</param>
    /// <returns>The client's side; or why nothing was sent.</returns>
    public static async Task<(Stream? Client, Reason? Refusal)> OpenAsync(ProxiedRequest context, RequestedWebSocket socket, ResponseContext response)
    {
        var http = context.Http;
        if (socket.IsExtendedConnect)
        {
            response.Headers.Remove(WebSocketHandshake.AcceptHeader); // It answers the proxy's own key.
        }

        try
        {
            ResponseSender.CopyHeaders(response, http.Response.Headers);
        }
        catch (InvalidOperationException)
        {
            return (null, Reason.UpstreamProtocol); // A header that the server does not send.
        }

        try
        {
            // A client that vanishes without a word would hold both connections for ever.
            TcpKeepAlive.Enable(http.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
            if (socket.IsExtendedConnect)
            {
                return (await http.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync().ConfigureAwait(false), null);
            }

            http.Response.Headers.Upgrade = WebSocketHandshake.Protocol;
            return (await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            return (null, Reason.ClientClosed);
        }
    }
}
