using System.Net.Sockets;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Requests;

/// <summary>
/// Writes a response, and waits for its client no longer than the limits say. What the client acknowledges on its connection counts as movement, too:
/// over HTTP/2 a stream that does not move beside others that do is bounded by the number of requests alone.
/// </summary>
/// <param name="http">The request.</param>
/// <param name="stalls">What looks at it while it waits.</param>
internal sealed class ResponseWait(HttpContext http, StallWatch stalls) : ClientWait, IDisposable
{
    private Socket? _socket;
    private long _written;
    private bool _watched;

    /// <inheritdoc />
    protected override long Moved => Interlocked.Read(ref _written) + (_socket is null ? 0 : TcpProgress.Acknowledged(_socket));

    /// <summary>Writes bytes of the body.</summary>
    /// <exception cref="OperationCanceledException">The client has gone away, which the server's own writing does not tell.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (bytes.Length > ResponsePieces.ServersOwn)
        {
            // Before the head is written the server's writer lends pieces of its own.
            if (!http.Response.HasStarted)
            {
                await http.Response.StartAsync(cancellation).ConfigureAwait(false);
            }

            ResponsePieces.Put(http.Response.BodyWriter, bytes.Span);
            await FlushAsync(bytes.Length, cancellation).ConfigureAwait(false);
            return;
        }

        var write = http.Response.Body.WriteAsync(bytes, cancellation);
        if (write.IsCompleted)
        {
            await write.ConfigureAwait(false);
        }
        else
        {
            await WaitAsync(write.AsTask()).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }

        Interlocked.Add(ref _written, bytes.Length);
    }

    /// <summary>Sends on what was put into the writer of the response.</summary>
    /// <param name="length">How many bytes of the body that is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The client has gone away.</exception>
    public async ValueTask FlushAsync(int length, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var flush = http.Response.BodyWriter.FlushAsync(cancellation);
        if (flush.IsCompleted)
        {
            _ = await flush.ConfigureAwait(false);
        }
        else
        {
            await WaitAsync(flush.AsTask()).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }

        Interlocked.Add(ref _written, length);
    }

    /// <summary>Ends the response, which over HTTP/2 takes until the client has made room for all of it.</summary>
    public Task CompleteAsync()
    {
        var completion = http.Response.CompleteAsync();
        return completion.IsCompleted ? completion : WaitAsync(completion);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_watched)
        {
            stalls.Remove(this);
        }
    }

    /// <inheritdoc />
    protected override void End() => http.Abort();

    private async Task WaitAsync(Task work)
    {
        if (!_watched)
        {
            _watched = true;
            _socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
            stalls.Add(this);
        }

        using (Begin())
        {
            await work.ConfigureAwait(false);
        }
    }
}
