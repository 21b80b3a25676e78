using System.Runtime.CompilerServices;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Upstream;

/// <summary>One request over HTTP/1.1: sends it, and reads until the head of its final response is there.</summary>
internal static class Http1Exchange
{
    /// <summary>Responses before the final one. More are no progress, but a way to never answer.</summary>
    private const int MaxInterimResponses = 100;

    /// <summary>Sends a request on a connection. When it fails, the connection is closed.</summary>
    /// <exception cref="UpstreamBrokenException">No usable response came.</exception>
    /// <exception cref="OperationCanceledException">The client went away, or the time is up.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<UpstreamResponse> SendAsync(UpstreamPool pool, Http1Connection connection, ProxiedRequest context, ResponseDeadline deadline)
    {
        RequestUpload? upload = null;
        var registration = deadline.Token.UnsafeRegister(static c => ((Http1Connection)c!).Close(), connection);
        try
        {
            await WriteHeadAsync(connection, context, deadline).ConfigureAwait(false);
            if (context.Body.Exists)
            {
                deadline.Pause();
                upload = new RequestUpload(connection, context, ExpectsContinue(context), deadline);
            }

            var head = await ReadHeadAsync(connection, upload, context.WebSocket).ConfigureAwait(false);
            if (head.Status == StatusCodes.Status101SwitchingProtocols)
            {
                return new UpgradedResponse(connection, head.Headers, registration);
            }

            if (upload is not null)
            {
                await upload.AnsweredAsync().ConfigureAwait(false);
            }

            // The method is null for tunnels alone, which are not forwarded.
            return new Http1Response(pool, connection, head, context.Request.Method!, upload, registration);
        }
        catch (Exception e)
        {
            await registration.DisposeAsync().ConfigureAwait(false);
            connection.Close();
            if (upload is not null)
            {
                await upload.StopAsync().ConfigureAwait(false);
                upload.Dispose();
            }

            deadline.Token.ThrowIfCancellationRequested();
            if (e is ObjectDisposedException or IOException and not (UpstreamBrokenException or UpstreamRefusedException))
            {
                throw new UpstreamBrokenException(Reason.UpstreamClosed, e);
            }

            throw;
        }
    }

    /// <summary>A client can ask for it on its own connection alone (Connection: Expect), and the server has told it to go on then.</summary>
    private static bool ExpectsContinue(ProxiedRequest context) => context.Headers.Find("Expect") is not null;

    /// <summary>Whether the upstream has switched to what it was asked for. When it was asked for nothing, the connection is nobody's to use.</summary>
    private static bool Accepts(Http1ResponseHead head, RequestedWebSocket? asked) =>
        asked is not null && (WebSocketHandshake.IsAccepted(head, asked.Key) || !Checks.On(Check.WebSocketAccept));

    private static ValueTask WriteHeadAsync(Http1Connection connection, ProxiedRequest context, ResponseDeadline deadline)
    {
        var head = connection.HeadBuffer;
        var body = context.Body;
        var request = context.Request;

        // A length is only written for what follows: with none behind it, the next request on the connection would be taken for it.
        long? length = body.Exists ? body.Length : context.WebSocket is null && context.Http.Request.Headers.ContentLength == 0 ? 0 : null;
        if (!Http1RequestWriter.TryWrite(
            head, request.Method!, context.Path + context.Query, context.Destination.HostHeader, context.Headers, length, chunked: body.Exists && length is null, context.WebSocket?.Key))
        {
            throw new UpstreamRefusedException(Reason.InvalidHeader);
        }

        context.Audit.IsForwarded = true;
        deadline.Start();
        return connection.Output.WriteAsync(head.WrittenMemory);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Http1ResponseHead> ReadHeadAsync(Http1Connection connection, RequestUpload? upload, RequestedWebSocket? asked)
    {
        var examined = 0;
        for (var interim = 0; interim <= MaxInterimResponses;)
        {
            switch (Http1ResponseParser.TryParse(connection.Unread, ref examined, out var head, out var consumed))
            {
                case ParseStatus.Done:
                    connection.Consume(consumed);
                    examined = 0;
                    if (head!.Status == StatusCodes.Status101SwitchingProtocols && !Accepts(head, asked))
                    {
                        throw new UpstreamBrokenException(Reason.UpstreamProtocol);
                    }

                    if (!head.IsInterim)
                    {
                        return head;
                    }

                    interim++;
                    if (head.Status == StatusCodes.Status100Continue)
                    {
                        upload?.Continue();
                    }

                    break;
                case ParseStatus.NeedMore:
                    if (await connection.FillAsync().ConfigureAwait(false) == 0)
                    {
                        throw new UpstreamBrokenException(connection.Unread.IsEmpty ? Reason.UpstreamClosed : Reason.UpstreamProtocol);
                    }

                    break;
                default:
                    throw new UpstreamBrokenException(Reason.UpstreamProtocol);
            }
        }

        throw new UpstreamBrokenException(Reason.UpstreamProtocol);
    }
}
