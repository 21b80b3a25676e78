using IronProxy.Runtime.Protocols.WebSocket;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Requests;

/// <summary>A request that asks for a WebSocket.</summary>
/// <param name="Key">The key of the handshake with the upstream.</param>
/// <param name="IsExtendedConnect">Whether it came over HTTP/2.</param>
internal sealed record RequestedWebSocket(string Key, bool IsExtendedConnect)
{
    /// <summary>Looks for the handshake. What is none of it is an ordinary request, whose <c>Upgrade</c> ends here.</summary>
    public static RequestedWebSocket? Of(HttpContext http)
    {
        if (IsExtended(http))
        {
            return new RequestedWebSocket(WebSocketHandshake.CreateKey(), IsExtendedConnect: true);
        }

        var headers = http.Request.Headers;
        return HttpMethods.IsGet(http.Request.Method)
            && HttpProtocol.IsHttp11(http.Request.Protocol)
            && headers.Upgrade is [var protocol]
            && WebSocketHandshake.Protocol.Equals(protocol, StringComparison.OrdinalIgnoreCase)
            && headers.SecWebSocketKey is [var key] && WebSocketHandshake.IsKey(key)
            && http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } // The server has read Connection, and there is no body.
            ? new RequestedWebSocket(key!, IsExtendedConnect: false)
            : null;
    }

    /// <summary>Whether this is the extended CONNECT of a WebSocket (RFC 8441).</summary>
    public static bool IsExtended(HttpContext http) =>
        HttpMethods.IsConnect(http.Request.Method) && http.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: WebSocketHandshake.Protocol };
}
