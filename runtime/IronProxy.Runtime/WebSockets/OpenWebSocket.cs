using System.Buffers;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.WebSockets;

/// <summary>A WebSocket that was opened: bytes go both ways until one side has ended.</summary>
/// <param name="request">The request that opened it.</param>
/// <param name="asker">Who asked for it, and on which connection.</param>
/// <param name="client">The client's side. It ends with the request.</param>
/// <param name="socket">The client's connection, where it is the WebSocket's alone (HTTP/1.1); else null: the server reads on, and notices its end.</param>
/// <param name="upstream">The upstream's side.</param>
/// <param name="inspection">What reads its messages; null when its bytes are carried unread.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenWebSocket(
    CanonicalRequest request, (ProxyConnection Connection, ClientIdentity? Client) asker, Stream client, Socket? socket, IUpgradedConnection upstream, MessageInspection? inspection,
    TimeProvider time) : IDisposable
{
    private const int BufferSize = 16 * 1024;

    /// <summary>
    /// How long the upstream may still send when the client has ended: it answers a close frame with one (RFC 6455, 5.5.1), and closes first (7.1.1). When the
    /// upstream has ended there is nothing to wait for.
    /// </summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly UnreadClient? _unread = socket is null ? null : new UnreadClient(socket, Farewell, time);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Both directions write to the client when messages are inspected: the upstream's, and the reason why it ends.</summary>
    private readonly SemaphoreSlim _clientGate = new(1);
    private readonly SemaphoreSlim _upstreamGate = new(1);
    private long _sent;
    private long _received;

    /// <summary>The request that opened it.</summary>
    public CanonicalRequest Request { get; } = request;

    /// <summary>What is known of the connection on which it was asked for.</summary>
    public ProxyConnection Connection { get; } = asker.Connection;

    /// <summary>Who asked for it; null when nobody was asked.</summary>
    public ClientIdentity? Client { get; } = asker.Client;

    /// <summary>The address that the upstream was reached at; null when a proxy reached it.</summary>
    public IPAddress? UpstreamAddress => upstream.Address;

    /// <summary>What reads its messages; null when its bytes are carried unread.</summary>
    public MessageInspection? Inspection => inspection;

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
        inspection?.Dispose();
        _end.Dispose();
        _clientGate.Dispose();
        _upstreamGate.Dispose();
    }

    private async Task SendUpAsync()
    {
        var frames = inspection?.Sent;
        try
        {
            while (true)
            {
                // Without a buffer: most of the time nothing comes.
                Task coming = client.ReadAsync(Memory<byte>.Empty, _end.Token).AsTask();
                if (frames?.TimeLeft is { } left)
                {
                    await coming.WaitAsync(left, time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (!coming.IsCompleted)
                    {
                        await LeaveAsync().ConfigureAwait(false);
                        return;
                    }
                }

                await coming.ConfigureAwait(false);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                var read = await client.ReadAsync(buffer, _end.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    await upstream.EndOutputAsync().ConfigureAwait(false);
                    return;
                }

                var bytes = buffer.AsMemory(0, read);
                if (!await WatchedAsync(frames is null ? CarryAsync(bytes) : TryRelayAsync(frames, bytes, upstream.Output, _upstreamGate)).ConfigureAwait(false))
                {
                    return;
                }

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
        var frames = inspection?.Received;
        try
        {
            while (true)
            {
                await upstream.WaitAsync().ConfigureAwait(false);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                var read = await upstream.TakeAsync(buffer).ConfigureAwait(false);
                if (read == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return;
                }

                if (frames is null)
                {
                    await WriteAsync(client, buffer.AsMemory(0, read)).ConfigureAwait(false);
                }
                else if (!await TryRelayAsync(frames, buffer.AsMemory(0, read), client, _clientGate).ConfigureAwait(false))
                {
                    return;
                }

                ArrayPool<byte>.Shared.Return(buffer); // As above.
                Interlocked.Add(ref _received, read);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of them is gone.
        }
    }

    private async ValueTask<bool> CarryAsync(ReadOnlyMemory<byte> bytes)
    {
        await WriteAsync(upstream.Output, bytes).ConfigureAwait(false);
        return true;
    }

    /// <summary>Waits until the upstream has taken what the client sent, as long as the client is there.</summary>
    private async ValueTask<bool> WatchedAsync(ValueTask<bool> taking)
    {
        if (_unread is null || taking.IsCompleted)
        {
            return await taking.ConfigureAwait(false);
        }

        var task = taking.AsTask();
        if (!await _unread.WaitAsync(task).ConfigureAwait(false))
        {
            End();
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Takes bytes through what reads them, to the other side.</summary>
    /// <returns>False when the WebSocket must end, which both sides have been told.</returns>
    private async ValueTask<bool> TryRelayAsync(FrameRelay frames, Memory<byte> bytes, Stream other, SemaphoreSlim gate)
    {
        var output = new ArrayBufferWriter<byte>(); // A long message needs a large one, and the next may come in an hour.
        var refusal = await frames.TakeAsync(bytes, output, _end.Token).ConfigureAwait(false);
        if (output.WrittenCount > 0)
        {
            await WriteAsync(other, output.WrittenMemory, gate).ConfigureAwait(false);
        }

        frames.Written();
        if (refusal is not { } code)
        {
            return true;
        }

        await RefuseAsync(code).ConfigureAwait(false);
        return false;
    }

    /// <summary>Ends it because of a message that does not become whole, unless it has ended already.</summary>
    private Task LeaveAsync() => _end.IsCancellationRequested ? Task.CompletedTask : RefuseAsync(CloseCode.PolicyViolation);

    /// <summary>Ends it, and tells both sides why.</summary>
    private async Task RefuseAsync(CloseCode code)
    {
        inspection!.Refuse(code); // It has made the frames.
        await WriteCloseAsync(inspection.Received, code, client, _clientGate).ConfigureAwait(false); // First: the upstream may answer with a reason of its own.
        await WriteCloseAsync(inspection.Sent, code, upstream.Output, _upstreamGate).ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Says why it ends. A side that takes nothing is not waited for.</summary>
    private async Task WriteCloseAsync(FrameRelay frames, CloseCode code, Stream side, SemaphoreSlim gate)
    {
        var frame = new ArrayBufferWriter<byte>();
        frames.WriteClose(code, frame);
        try
        {
            await WriteAsync(side, frame.WrittenMemory, gate).AsTask().WaitAsync(Farewell, time, _end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e) || e is TimeoutException)
        {
            // It sees the end alone.
        }
    }

    private async ValueTask WriteAsync(Stream side, ReadOnlyMemory<byte> bytes, SemaphoreSlim gate)
    {
        await gate.WaitAsync(_end.Token).ConfigureAwait(false);
        try
        {
            await WriteAsync(side, bytes).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private async ValueTask WriteAsync(Stream side, ReadOnlyMemory<byte> bytes)
    {
        await side.WriteAsync(bytes, _end.Token).ConfigureAwait(false);
        await side.FlushAsync(_end.Token).ConfigureAwait(false); // HTTP/2 would wait for more.
    }

    private static bool IsEnd(Exception error) => error is IOException or OperationCanceledException or ObjectDisposedException or SocketException or HttpRequestException;
}
