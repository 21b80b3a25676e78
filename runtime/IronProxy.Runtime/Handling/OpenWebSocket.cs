using System.Buffers;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Handling;

/// <summary>A WebSocket that was opened: bytes go both ways until one side has ended.</summary>
/// <param name="request">The request that opened it.</param>
/// <param name="client">The client's side. It ends with the request.</param>
/// <param name="upstream">The upstream's side.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenWebSocket(CanonicalRequest request, Stream client, Http1Connection upstream, TimeProvider time) : IDisposable
{
    private const int BufferSize = 16 * 1024;

    /// <summary>
    /// How long the upstream may still send when the client has ended: it answers a close frame with one (RFC 6455, 5.5.1), and closes first (7.1.1). When the
    /// upstream has ended there is nothing to wait for.
    /// </summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _end = new();
    private long _sent;
    private long _received;

    /// <summary>The request that opened it.</summary>
    public CanonicalRequest Request { get; } = request;

    /// <summary>The address that the upstream was reached at; null when a proxy reached it.</summary>
    public IPAddress? UpstreamAddress => upstream.Address;

    /// <summary>Bytes that the client sent.</summary>
    public long RequestBytes => Interlocked.Read(ref _sent);

    /// <summary>Bytes that the upstream sent.</summary>
    public long ResponseBytes => Interlocked.Read(ref _received);

    /// <summary>Ends it, whatever is under way. It may have ended in this moment.</summary>
    public void End()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has.
        }

        upstream.Close();
    }

    /// <summary>Carries bytes until it has ended.</summary>
    /// <param name="aborted">Ends when the client goes away.</param>
    public async Task RunAsync(CancellationToken aborted)
    {
        using var registration = aborted.UnsafeRegister(static self => ((OpenWebSocket)self!).End(), this);
        var up = SendUpAsync();
        var down = SendDownAsync();
        await Task.WhenAny(up, down).ConfigureAwait(false);
        await down.WaitAsync(Farewell, time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End();
        await Task.WhenAll(up, down).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        upstream.Close();
        _end.Dispose();
    }

    private async Task SendUpAsync()
    {
        try
        {
            while (true)
            {
                // Without a buffer: most of the time nothing comes.
                await client.ReadAsync(Memory<byte>.Empty, _end.Token).ConfigureAwait(false);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                var read = await client.ReadAsync(buffer, _end.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    await upstream.EndOutputAsync().ConfigureAwait(false);
                    return;
                }

                await upstream.Output.WriteAsync(buffer.AsMemory(0, read), _end.Token).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(buffer); // Nowhere else: what failed may still use it.
                Interlocked.Add(ref _sent, read);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of them is gone.
        }
    }

    private async Task SendDownAsync()
    {
        try
        {
            while (true)
            {
                if (upstream.Unread.IsEmpty)
                {
                    await upstream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                }

                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                var read = await upstream.TakeAsync(buffer).ConfigureAwait(false);
                if (read == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return;
                }

                await client.WriteAsync(buffer.AsMemory(0, read), _end.Token).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(buffer); // As above.
                Interlocked.Add(ref _received, read);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of them is gone.
        }
    }

    private static bool IsEnd(Exception error) => error is IOException or OperationCanceledException or ObjectDisposedException or SocketException;
}
