using System.Runtime.CompilerServices;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Requests;
using IronProxy.Runtime.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Handling;

/// <summary>Takes each request through the door, the steps and the forwarder, and records it once, whatever happens.</summary>
internal sealed partial class ProxyHandler(CurrentPolicy policies, RequestLimits limits, OpenWebSockets webSockets, AuditLog auditLog, TimeProvider time, ILogger<ProxyHandler> logger)
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
        var audit = auditLog.Begin(lease.Active.Hash);
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

            audit.StatusCode = refusal?.Status ?? http.Response.StatusCode;
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
        if (RequestReader.TryRead(http, connection, audit, out var request) is { } refusal)
        {
            body.Distrust();
            audit.RejectedBy = AuditNames.Proxy;
            return (refusal, null);
        }

        if (place.Refusal is { } full)
        {
            audit.RejectedBy = AuditNames.Proxy;
            return (full, null);
        }

        var context = new ProxiedRequest(active.Policy, request, http, body, response, audit);
        var outcome = await active.Steps.RunAsync(context).ConfigureAwait(false);
        if (outcome.Rejection is { } rejection)
        {
            return (rejection, null);
        }

        // Room for the record is of no use when the log has broken in the meantime.
        var (failure, socket) = !auditLog.IsOpen() ? (Reason.AuditUnavailable, null)
            : outcome.Answer is { } answer ? (await AnswerAsync(active, context, answer).ConfigureAwait(false), null)
            : await ForwardAsync(active, context).ConfigureAwait(false);
        if (failure is not null)
        {
            audit.RejectedBy ??= AuditNames.Proxy;
        }

        return (failure, socket);
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
                ? await OpenAsync(context, response, upgraded).ConfigureAwait(false)
                : (rejection ?? await ResponseSender.SendAsync(context, response, received.RequestSent).ConfigureAwait(false), null);
        }
    }

    private async ValueTask<(Reason? Failure, OpenWebSocket? Socket)> OpenAsync(ProxiedRequest context, ResponseContext response, UpgradedResponse upgraded)
    {
        var (client, refusal) = await WebSocketDoor.OpenAsync(context, context.WebSocket!, response).ConfigureAwait(false); // Only what asked for one is answered so.
        if (client is null)
        {
            return (refusal, null);
        }

        context.Audit.Outcome = RequestOutcome.Opened;
        return (null, new OpenWebSocket(context.Request, client, upgraded.Take(), time));
    }

    private static async ValueTask<Reason?> AnswerAsync(ActivePolicy active, ProxiedRequest context, MadeResponse answer)
    {
        var response = new ResponseContext(context, answer.Status, answer.Headers, new BytesBody(answer.Body));
        return await active.Steps.RunAsync(response).ConfigureAwait(false)
            ?? await ResponseSender.SendAsync(context, response, context.Body.Consumed).ConfigureAwait(false);
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
        if (refusal is null)
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
