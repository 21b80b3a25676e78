using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace IronProxy.Runtime.Upstream;

/// <summary>One connection that speaks HTTP/1.1, one request after the other.</summary>
/// <param name="origin">Where it leads.</param>
/// <param name="stream">The connection.</param>
/// <param name="permit">The right to it.</param>
/// <param name="openedAt">When it was opened.</param>
internal sealed class Http1Connection(UpstreamOrigin origin, Stream stream, UpstreamPermit permit, long openedAt) : IdleUpstream(origin), IUpgradedConnection
{
    /// <summary>Holds most heads, and is held by each connection that waits for one. Bodies go on without it.</summary>
    private const int SmallBuffer = 4 * 1024;
    private const int LargeBuffer = 64 * 1024;

    private byte[] _buffer = [];
    private ArrayBufferWriter<byte>? _head;
    private int _start;
    private int _end;
    private Task? _watch;
    private ValueTask<int>? _ahead;
    private volatile bool _closed;

    /// <summary>When it was opened.</summary>
    public long OpenedAt { get; } = openedAt;

    /// <summary>The address that it was made to; null when a proxy made it.</summary>
    public IPAddress? Address => permit.Address;

    /// <summary>Its place among those of its origin that are idle.</summary>
    public LinkedListNode<Http1Connection>? OriginNode { get; set; }

    /// <summary>How often it became idle; 0 for a connection that has not served yet.</summary>
    public int Parked { get; private set; }

    /// <summary>Whether it was closed, by whomever: a client that goes away closes it at any moment.</summary>
    public bool IsClosed => _closed;

    /// <summary>Whether what comes while it is idle is noticed when it comes, and not only when it is used again.</summary>
    public bool IsWatched => _watch is not null || _ahead is not null;

    /// <summary>Whether anything came since it was idle last.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Where a request is written.</summary>
    public Stream Output => stream;

    /// <summary>An empty buffer for the head of the next request. It is used again when that is sent.</summary>
    public ArrayBufferWriter<byte> HeadBuffer
    {
        get
        {
            if (_head is not { Capacity: <= SmallBuffer })
            {
                return _head = new ArrayBufferWriter<byte>(1024);
            }

            _head.ResetWrittenCount();
            return _head;
        }
    }

    /// <summary>What was received and not yet used.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Uses up what was received.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>
    /// Is about to serve again. What came while it was idle, or its end, is of no request: it is found by the read that the next response needs
    /// anyway, which begins here. One that is watched is read from already.
    /// </summary>
    /// <returns>False when it cannot serve: something came.</returns>
    public bool TryResume()
    {
        return !_closed && TryBeginReading() && stream is not UpstreamTlsStream { IsBetweenRecords: false };
    }

    /// <summary>Receives more behind what is unread.</summary>
    /// <returns>How many bytes; 0 when the upstream has closed.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> FillAsync()
    {
        int read;
        if (_ahead is { } ahead)
        {
            _ahead = null;
            read = await ahead.ConfigureAwait(false);
        }
        else
        {
            await StopWatchingAsync().ConfigureAwait(false);
            MakeRoom();
            read = await stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        }

        _end += read;
        HasReceived |= read > 0;
        return read;
    }

    /// <inheritdoc />
    public async ValueTask WaitAsync()
    {
        if (Unread.IsEmpty)
        {
            await ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
        }
    }

    /// <summary>Receives what there is without keeping it here. Only when nothing is unread.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        await StopWatchingAsync().ConfigureAwait(false);
        return await stream.ReadAsync(destination).ConfigureAwait(false);
    }

    /// <summary>Takes what there is, what was received before first.</summary>
    /// <returns>How many bytes; 0 when the upstream has closed.</returns>
    public ValueTask<int> TakeAsync(Memory<byte> destination)
    {
        if (Unread.IsEmpty)
        {
            ReturnBuffer();
            return ReadAsync(destination);
        }

        var taken = Math.Min(Unread.Length, destination.Length);
        Unread[..taken].CopyTo(destination.Span);
        Consume(taken);
        return ValueTask.FromResult(taken);
    }

    /// <summary>Says that nothing more will be written.</summary>
    public async ValueTask EndOutputAsync()
    {
        if (stream is SslStream tls)
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        else if (stream is NetworkStream plain)
        {
            plain.Socket.Shutdown(SocketShutdown.Send);
        }
    }

    /// <summary>Becomes idle: the buffer goes back.</summary>
    public void Park()
    {
        ReturnBuffer();
        Parked++;
        HasReceived = false;
    }

    /// <summary>Begins a read that takes nothing: what an upstream sends without being asked, or its end, completes it.</summary>
    public Task Watch() => _watch = WatchAsync();

    /// <inheritdoc />
    public override void Close()
    {
        _closed = true;
        stream.Dispose();
        permit.Dispose();
    }

    private bool TryBeginReading()
    {
        if (_watch is { } watch)
        {
            return !watch.IsCompleted;
        }

        if (_ahead is not { } ahead)
        {
            MakeRoom();
            try
            {
                _ahead = ahead = stream.ReadAsync(_buffer.AsMemory(_end));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                return false; // It was closed in this moment.
            }
        }

        return !ahead.IsCompleted;
    }

    private ValueTask StopWatchingAsync()
    {
        if (_watch is not { } watch)
        {
            return ValueTask.CompletedTask;
        }

        _watch = null;
        return new ValueTask(watch);
    }

    private async Task WatchAsync()
    {
        try
        {
            await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The end of the connection, too; the next read says so.
        }
    }

    private void MakeRoom()
    {
        var full = _end == _buffer.Length;
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (full && (_end - _start == _buffer.Length || _buffer.Length < LargeBuffer))
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallBuffer, _buffer.Length * 2));
            var unread = Unread.Length;
            Unread.CopyTo(larger);
            ReturnBuffer();
            _buffer = larger;
            _end = unread;
        }
        else if (full && _start > 0)
        {
            Unread.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
    }

    /// <summary>Only when no read is under way, which would write into what is another's by then.</summary>
    private void ReturnBuffer()
    {
        if (_buffer.Length > 0 && _ahead is null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _end = 0;
        }
    }
}
