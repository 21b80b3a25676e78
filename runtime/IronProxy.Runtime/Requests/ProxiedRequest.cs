using System.Net;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Protocols.WebSocket;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Requests;

/// <summary>A request that came in over a connection and waits for its response.</summary>
internal sealed class ProxiedRequest : RequestContext
{
    /// <summary>Takes a request.</summary>
    public ProxiedRequest(PlanPolicy policy, CanonicalRequest request, HttpContext http, ReceivedBody body, ResponseWait response, AuditRecord audit)
        : base(policy, request, new ReceivedHead(http.Request), body, audit)
    {
        Http = http;
        Body = body;
        Response = response;
        Audit = audit;
        WebSocket = RequestedWebSocket.Of(http);
        audit.Upgrade = WebSocket is null ? null : WebSocketHandshake.Protocol;
        if (WebSocket is not null && policy.Plan.WebSocket is { Inspect: true })
        {
            Headers.Remove(WebSocketHandshake.ExtensionsHeader); // Messages are read as they are: none may be agreed on that changes them.
        }
    }

    /// <summary>The server's view of it.</summary>
    public HttpContext Http { get; }

    /// <summary>The body.</summary>
    public new ReceivedBody Body { get; }

    /// <summary>Writes the response's body.</summary>
    public ResponseWait Response { get; }

    /// <summary>Its record.</summary>
    public AuditRecord Audit { get; }

    /// <summary>The WebSocket that it asks for; null for an ordinary request.</summary>
    public RequestedWebSocket? WebSocket { get; }

    public override bool OpensWebSocket => WebSocket is not null;

    /// <summary>What the tunnel leads to that it came in; null outside of tunnels.</summary>
    public (CanonicalHost Host, int Port)? Tunnel { get; init; }

    /// <summary>The workload's address.</summary>
    public IPAddress ClientAddress => Http.Connection.RemoteIpAddress ?? IPAddress.None;

    /// <inheritdoc />
    public override RequestOrigin Origin =>
        new(Audit.RemoteAddress?.ToString(), Audit.Sni, Tunnel is { } tunnel ? $"{tunnel.Host.UriText}:{tunnel.Port}" : null);

    /// <inheritdoc />
    public override CancellationToken Aborted => Http.RequestAborted;
}
