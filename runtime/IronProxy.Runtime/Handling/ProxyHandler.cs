using System.Runtime.CompilerServices;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Requests;
using IronProxy.Runtime.Telemetry;
using IronProxy.Runtime.Upstream;
using IronProxy.Runtime.WebSockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Handling;

/// <summary>Takes each request through the door, the steps and the forwarder, and records it once, whatever happens.</summary>
/// <param name="policies">The policy.</param>
/// <param name="limits">What requests share.</param>
/// <param name="webSockets">The WebSockets that are open.</param>
/// <param name="auditLog">Where records go.</param>
/// <param name="passesTracesOn">Whether requests name their span to upstreams.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures of the proxy go.</param>
internal sealed partial class ProxyHandler(
    CurrentPolicy policies, RequestLimits limits, OpenWebSockets webSockets, AuditLog auditLog, bool passesTracesOn, TimeProvider time, ILogger<ProxyHandler> logger)
{
    /// <summary>Handles one request, and the WebSocket that it opens.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        var connection = http.Features.GetRequiredFeature<ProxyConnection>();
        using var place = limits.Enter(connection.ClientAddress);
        using var socket = await ServeAsync(http, connection, place).ConfigureAwait(false);
        if (socket is not null)
        {
            await webSockets.RunAsync(socket, http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Serves one request, up to its record.</summary>
    /// <returns>The WebSocket that it has opened; null when it has not.</returns>
    private async Task<OpenWebSocket?> ServeAsync(HttpContext http, ProxyConnection connection, RequestPlace place)
    {
        if (IsHttp2(http))
        {
            if (!connection.TryBegin(http.Features.GetRequiredFeature<IHttp2StreamIdFeature>().StreamId))
            {
                http.Abort();
                return null;
            }

            http.Response.OnCompleted(EndStream, connection);
        }

        if (http.Request.Headers.TransferEncoding.Count > 0 && Checks.On(Check.ChunkSyntax))
        {
            connection.Input?.BeginChunkedBody();
        }

        using var lease = policies.Lease();
        var audit = auditLog.Begin(lease.Active.Hash, http.Request.Headers);
        http.Features.Set(audit); // Says that the request reached the pipeline: see RejectedRequests.
        using var body = new ReceivedBody(http.Request, http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false, limits);
        using var response = new ResponseWait(http, limits.Stalls);
        Reason? refusal;
        OpenWebSocket? socket = null;
        var admitted = await auditLog.AdmitAsync().ConfigureAwait(false);
        try
        {
            (refusal, socket) = admitted
                ? await ProcessAsync(lease.Active, http, connection, place, body, response, audit).ConfigureAwait(false)
                : (Unrecordable(connection, audit), null);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            refusal = Reason.ClientClosed;
        }
#pragma warning disable CA1031 // Whatever failed, the request is not let through and is recorded.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailure(e);
            refusal = Reason.Internal;
        }

        audit.Reason = RequestEnd.Judge(audit, refusal);
        try
        {
            await DenyAsync(http, refusal, audit, body).ConfigureAwait(false);
            if (socket is null)
            {
                await EndAsync(http, response, audit).ConfigureAwait(false);
            }
        }
        finally
        {
            if (response.Ended)
            {
                refusal = Reason.ClientStalled;
                audit.RejectedBy = AuditNames.Proxy;
                audit.Reason = RequestEnd.Judge(audit, refusal);
            }

            audit.StatusCode = refusal is null || (audit.RefusalSent && !response.Ended) ? http.Response.StatusCode : refusal.Status;
            audit.SentStatus = http.Response.HasStarted || !http.RequestAborted.IsCancellationRequested ? http.Response.StatusCode : null;
            audit.RequestBytes = body.Received;
            if (admitted)
            {
                auditLog.Write(audit);
            }
            else
            {
                auditLog.CountUnrecorded(audit);
            }
        }

        return socket;
    }

    private static Reason Unrecordable(ProxyConnection connection, AuditRecord audit)
    {
        ConnectionRecords.DescribeRequest(audit, connection);
        audit.RejectedBy = AuditNames.Proxy;
        return Reason.AuditUnavailable;
    }

    private static bool IsHttp2(HttpContext http) => HttpProtocol.IsHttp2(http.Request.Protocol);

    private static Task EndStream(object connection)
    {
        ((ProxyConnection)connection).End();
        return Task.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(Reason? Refusal, OpenWebSocket? Socket)> ProcessAsync(ActivePolicy active, HttpContext http, ProxyConnection connection, RequestPlace place, ReceivedBody body, ResponseWait response, AuditRecord audit)
    {
        var (stranger, client) = await IdentifyAsync(active, http, connection).ConfigureAwait(false);
        var unclear = RequestReader.TryRead(http, connection, audit, out var request);
        audit.Client = client;
        if (unclear is not null)
        {
            body.Distrust();
            audit.RejectedBy = AuditNames.Proxy;
            return (unclear, null);
        }

        if (stranger is not null)
        {
            audit.RejectedBy = AuditNames.Proxy;
            return (stranger, null);
        }

        if (client is not null)
        {
            request = request with { Client = client.Name };
        }

        if (place.Refusal is { } full)
        {
            audit.RejectedBy = AuditNames.Proxy;
            return (full, null);
        }

        var context = new ProxiedRequest(active.Policy, request, http, body, response, audit) { Tunnel = connection.Tunnel is { } tunnel ? (tunnel.Host, tunnel.Port) : null };
        if (passesTracesOn && audit.Span is { } span)
        {
            TraceContext.Set(context.Headers, span); // Before the steps: what policy says of headers holds for it, too, and what is signed is signed with it.
        }

        var outcome = await active.Steps.RunAsync(context).ConfigureAwait(false);
        if (outcome is { Rejection: { } rejection, Answer: null })
        {
            return (rejection, null);
        }

        // Room for the record is of no use when the log has broken in the meantime.
        var (failure, socket) = !auditLog.IsOpen() ? (Reason.AuditUnavailable, null)
            : outcome.Answer is { } answer ? (await AnswerAsync(active, context, answer, outcome.Rejection).ConfigureAwait(false), null)
            : await ForwardAsync(active, context).ConfigureAwait(false);
        if (failure is not null)
        {
            audit.RejectedBy ??= AuditNames.Proxy;
        }

        return (failure, socket);
    }

    /// <summary>
    /// Decides who asks. A request in absolute form shows that itself, each on its connection anew; what is in a tunnel comes from who opened it, and what is
    /// intercepted from where it comes.
    /// </summary>
    private static async ValueTask<(Reason? Refusal, ClientIdentity? Client)> IdentifyAsync(ActivePolicy active, HttpContext http, ProxyConnection connection)
    {
        if (active.Clients is { } clients && connection is { Listener: ListenerRole.Tunnel, Tunnel: null })
        {
            var headers = http.Request.Headers.ProxyAuthorization;
            var shown = headers.Count == 0 ? null : headers.Count == 1 ? ShownCredentials.OfHeader(headers[0] ?? "") : ShownCredentials.Unreadable;
            return await clients.IdentifyAsync(connection.Listener, active.EvidenceOf(connection), shown, http.RequestAborted).ConfigureAwait(false);
        }

        var client = active.ClientOf(connection);
        return (active.Policy.RequireClient(connection.Listener, client?.Name), client);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(Reason? Failure, OpenWebSocket? Socket)> ForwardAsync(ActivePolicy active, ProxiedRequest context)
    {
        using var deadline = active.Forwarder.CreateDeadline(context);
        var (received, failure) = await active.Forwarder.SendAsync(context, deadline).ConfigureAwait(false);
        if (received is null)
        {
            return (failure, null);
        }

        await using (received.ConfigureAwait(false))
        {
            context.Body.EndTimeLimits();
            var response = new ResponseContext(context, received.Status, received.Headers, received);
            var rejection = await active.Steps.RunAsync(response).ConfigureAwait(false);
            return rejection is null && received is UpgradedResponse upgraded && response.Status == upgraded.Status
                ? await OpenAsync(active, context, response, upgraded).ConfigureAwait(false)
                : (rejection ?? await SendAsync(context, response, received.RequestSent).ConfigureAwait(false), null);
        }
    }

    private async ValueTask<(Reason? Failure, OpenWebSocket? Socket)> OpenAsync(ActivePolicy active, ProxiedRequest context, ResponseContext response, UpgradedResponse upgraded)
    {
        var report = new MessageReport();
        WebSocketMessages? messages;
        try
        {
            messages = await active.Steps.InspectAsync(context.Request, report, context.Aborted).ConfigureAwait(false);
        }
        catch (SecretUnavailableException)
        {
            return (Reason.CredentialUnavailable, null);
        }

        // None was offered, and with one the messages could not be read.
        if (messages is not null && response.Headers.Find(WebSocketHandshake.ExtensionsHeader) is not null && Checks.On(Check.WebSocketExtensions))
        {
            return (Reason.UpstreamProtocol, null);
        }

        var (client, refusal) = await WebSocketDoor.OpenAsync(context, context.WebSocket!, response).ConfigureAwait(false); // Only what asked for one is answered so.
        if (client is null)
        {
            return (refusal, null);
        }

        context.Audit.Outcome = RequestOutcome.Opened;
        var asker = (context.Http.Features.GetRequiredFeature<ProxyConnection>(), context.Audit.Client);
        var socket = IsHttp2(context.Http) ? null : context.Http.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        return (null, new OpenWebSocket(context.Request, asker, client, socket, upgraded.Take(), messages is null ? null : new MessageInspection(messages, report, limits, time), time));
    }

    private static async ValueTask<Reason?> AnswerAsync(ActivePolicy active, ProxiedRequest context, MadeResponse answer, Reason? rejection)
    {
        var response = new ResponseContext(context, answer.Status, answer.Headers, new BytesBody(answer.Body)) { Rejection = rejection };
        return await active.Steps.RunAsync(response).ConfigureAwait(false)
            ?? await SendAsync(context, response, context.Body.Consumed).ConfigureAwait(false);
    }

    /// <summary>Sends a response: the upstream's, or what a step has to say in its place.</summary>
    /// <returns>Why the request was refused, whether the client was told so already or not.</returns>
    private static async ValueTask<Reason?> SendAsync(ProxiedRequest context, ResponseContext response, bool requestRead)
    {
        var failure = await ResponseSender.SendAsync(context, response, requestRead).ConfigureAwait(false);
        if (failure is not null || response.Rejection is null)
        {
            return failure;
        }

        context.Audit.RefusalSent = true;
        return response.Rejection;
    }

    /// <summary>
    /// A request has its place until its client has taken the response. Over HTTP/1.1 the connection waits for that; over HTTP/2 the server would keep
    /// the rest for as long as the client likes.
    /// </summary>
    private static async Task EndAsync(HttpContext http, ResponseWait response, AuditRecord audit)
    {
        if (!IsHttp2(http))
        {
            return;
        }

        if (!http.RequestAborted.IsCancellationRequested)
        {
            try
            {
                await response.CompleteAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is InvalidOperationException or OperationCanceledException or IOException)
            {
                http.Abort(); // It was broken off before its announced end, which the client must see.
            }
        }

        // Its end never went out.
        if (audit.Outcome == RequestOutcome.Delivered)
        {
            audit.Outcome = RequestOutcome.ClientLeft;
        }
    }

    private static async Task DenyAsync(HttpContext http, Reason? refusal, AuditRecord audit, ReceivedBody body)
    {
        if (refusal is null || audit.RefusalSent)
        {
            return;
        }

        // Nobody waits for an answer, and what is left of the request must not be read as another one.
        if (refusal == Reason.ClientClosed || http.Response.HasStarted)
        {
            var connection = http.Features.GetRequiredFeature<ProxyConnection>();
            connection.IsBrokenOff = !IsHttp2(http);
            http.Abort();
            return;
        }

        try
        {
            await Denial.WriteAsync(http, refusal, audit, body.Consumed).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client did not wait for the answer; the record still says what it was.
        }
    }

    [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message = "a request failed inside the proxy")]
    private partial void LogFailure(Exception exception);
}
