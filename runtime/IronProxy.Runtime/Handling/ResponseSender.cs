using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Protocols.Http1;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Handling;

/// <summary>Sends a response to the client: its head at once, its body as it comes, its trailers.</summary>
internal static class ResponseSender
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Sends a response.</summary>
    /// <param name="context">What it answers.</param>
    /// <param name="response">The response.</param>
    /// <param name="requestRead">Whether nothing of the request is left that could be read as another one.</param>
    /// <returns>Null, or why nothing of it was sent. What became of it is in the record.</returns>
    public static async Task<Reason?> SendAsync(ProxiedRequest context, ResponseContext response, bool requestRead)
    {
        // Over HTTP/2 a success would open the WebSocket that was asked for (RFC 8441, 5), and this is an ordinary response.
        if (context.WebSocket is { IsExtendedConnect: true } && response.Status is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices)
        {
            return Reason.UpstreamProtocol;
        }

        var http = context.Http;
        http.Response.StatusCode = response.Status;
        bool chunks;
        try
        {
            chunks = CopyHead(context, response, requestRead);
        }
        catch (InvalidOperationException)
        {
            // The server refuses to send a header that has control characters: nothing of this response is trusted then.
            return Reason.UpstreamProtocol;
        }

        if (!Http1ResponseHead.MayHaveBody(response.Status, http.Request.Method))
        {
            context.Audit.Outcome = RequestOutcome.Delivered;
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        ValueTask<int>? begun = null;
        try
        {
            var at = 0;
            while (true)
            {
                var next = begun ?? response.Body.ReadAsync(buffer, context.Aborted);
                begun = null;
                var (read, refusal) = await ReadAsync(context, next).ConfigureAwait(false);
                if (refusal is not null || read < 0)
                {
                    return refusal;
                }

                if (read == 0)
                {
                    break;
                }

                // What is there already goes out with it. The read that finds nothing more goes on meanwhile, behind what is written.
                var end = at + read;
                while (begun is null && buffer.Length - end >= ResponsePieces.Size)
                {
                    var more = response.Body.ReadAsync(buffer.AsMemory(end), context.Aborted);
                    if (more.IsCompletedSuccessfully)
                    {
                        var length = more.Result;
                        end += length;
                        begun = length == 0 ? new(0) : null;
                    }
                    else
                    {
                        begun = more;
                    }
                }

                await WriteAsync(context, buffer.AsMemory(at, end - at), chunks).ConfigureAwait(false);
                context.Audit.ResponseBytes += end - at;
                at = begun is null ? 0 : end;
            }

            // Nowhere else: a read that did not end, because the client went away meanwhile, may still write into it.
            ArrayPool<byte>.Shared.Return(buffer);
            await EndAsync(context, response.Body, chunks).ConfigureAwait(false);
            context.Audit.Outcome = RequestOutcome.Delivered;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            context.Audit.Outcome = RequestOutcome.ClientLeft;
            http.Abort();
        }
        finally
        {
            if (begun is { } read)
            {
                http.Abort(); // What it was begun for is over, by whatever came in between.
                await EndedAsync(read).ConfigureAwait(false);
            }
        }

        return null;
    }

    /// <summary>Waits for a read of a body that nobody is left to send. It ends with the client.</summary>
    private static async ValueTask EndedAsync(ValueTask<int> read)
    {
        // What became of it makes no difference any more.
        await ((Task)read.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Copies the header lines.</summary>
    /// <exception cref="InvalidOperationException">The server does not send one of them, because it has control characters.</exception>
    public static void CopyHeaders(ResponseContext response, IHeaderDictionary headers)
    {
        foreach (var (name, value) in response.Headers)
        {
            headers[name] = headers.TryGetValue(name, out var earlier) ? StringValues.Concat(earlier, value) : value;
        }
    }

    /// <summary>Waits for the next bytes of the body. The head does not wait for them; what came with it travels with it.</summary>
    /// <returns>How many; 0 at the end. Or why nothing of the response was sent, or less than 0 when it was broken off.</returns>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<(int Read, Reason? Refusal)> ReadAsync(ProxiedRequest context, ValueTask<int> next)
    {
        var http = context.Http;
        try
        {
            if (!next.IsCompleted && !http.Response.HasStarted)
            {
                try
                {
                    // To start alone would write and not send.
                    await http.Response.StartAsync(context.Aborted).ConfigureAwait(false);
                    await context.Response.FlushAsync(0, context.Aborted).ConfigureAwait(false);
                }
                catch
                {
                    http.Abort();
                    await EndedAsync(next).ConfigureAwait(false);
                    throw;
                }
            }

            return (await next.ConfigureAwait(false), null);
        }
        catch (IOException e) when (!context.Aborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted)
            {
                return (0, e is BrokenResponseException broken ? broken.Reason : Reason.UpstreamClosed);
            }

            // The client must see that the response is not whole.
            context.Audit.Outcome = RequestOutcome.CutOff;
            http.Abort();
            return (-1, null);
        }
    }

    private static ValueTask WriteAsync(ProxiedRequest context, ReadOnlyMemory<byte> bytes, bool chunks) =>
        chunks ? WriteChunkAsync(context, bytes) : context.Response.WriteAsync(bytes, context.Aborted);

    private static async ValueTask WriteChunkAsync(ProxiedRequest context, ReadOnlyMemory<byte> bytes)
    {
        WriteChunk(await StartedWriterAsync(context).ConfigureAwait(false), bytes.Span);
        await context.Response.FlushAsync(bytes.Length, context.Aborted).ConfigureAwait(false);
    }

    /// <summary>
    /// Before the head is written the server's writer lends pieces of which one can be empty, and what it has lent goes out in front of any other answer. Once
    /// it is, the head waits for the flush.
    /// </summary>
    private static async ValueTask<PipeWriter> StartedWriterAsync(ProxiedRequest context)
    {
        if (!context.Http.Response.HasStarted)
        {
            await context.Http.Response.StartAsync(context.Aborted).ConfigureAwait(false);
        }

        return context.Http.Response.BodyWriter;
    }

    /// <summary>Copies the head.</summary>
    /// <returns>Whether the body is to be written in chunks here, and not by the server, which sends no trailers over HTTP/1.1.</returns>
    private static bool CopyHead(ProxiedRequest context, ResponseContext response, bool requestRead)
    {
        var http = context.Http;
        var headers = http.Response.Headers;
        CopyHeaders(response, headers);
        var http11 = HttpProtocol.IsHttp11(http.Request.Protocol);
        if (!requestRead && !HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            // What is left of the request's body must never be read as the next request.
            headers.Connection = "close";
        }

        // RFC 9110, 8.6: no length beside 204; 205 has no content (15.3.6). HEAD and 304 tell the length of what they leave out.
        http.Response.ContentLength = response.Status switch
        {
            StatusCodes.Status204NoContent => null,
            StatusCodes.Status205ResetContent => 0,
            _ => response.Body.Length,
        };

        var chunks = http11 && response.Body.MayHaveTrailers && response.Body.Length is null && Http1ResponseHead.MayHaveBody(response.Status, http.Request.Method);
        if (chunks)
        {
            headers.TransferEncoding = "chunked";
        }

        return chunks;
    }

    private static void WriteChunk(PipeWriter writer, ReadOnlySpan<byte> data)
    {
        Span<byte> size = stackalloc byte[16];
        Utf8Formatter.TryFormat(data.Length, size, out var length, 'x'); // There is room for the digits of an int.
        "\r\n"u8.CopyTo(size[length..]);
        ResponsePieces.Put(writer, size[..(length + 2)]);
        ResponsePieces.Put(writer, data);
        ResponsePieces.Put(writer, "\r\n"u8);
    }

    private static async ValueTask EndAsync(ProxiedRequest context, ResponseBody body, bool chunks)
    {
        var to = context.Http.Response;
        if (!chunks)
        {
            if (to.SupportsTrailers())
            {
                foreach (var (name, value) in EndToEnd(body.Trailers))
                {
                    to.AppendTrailer(name, value);
                }
            }

            return;
        }

        var writer = await StartedWriterAsync(context).ConfigureAwait(false);
        ResponsePieces.Put(writer, "0\r\n"u8);
        foreach (var (name, value) in EndToEnd(body.Trailers))
        {
            ResponsePieces.Put(writer, Encoding.Latin1.GetBytes($"{name}: {value}\r\n"));
        }

        ResponsePieces.Put(writer, "\r\n"u8);
        await context.Response.FlushAsync(0, context.Aborted).ConfigureAwait(false);
    }

    private static IEnumerable<KeyValuePair<string, string>> EndToEnd(IEnumerable<KeyValuePair<string, string>> trailers) => trailers.Where(static t => !HeaderName.IsHopByHop(t.Key));
}
