using System.Buffers;
using System.Net.Sockets;

namespace IronProxy.Runtime.Upstream;

/// <summary>One connection that speaks HTTP/1.1, one request after the other.</summary>
/// <param name="origin">Where it leads.</param>
/// <param name="stream">The connection.</param>
/// <param name="permit">The right to it.</param>
/// <param name="openedAt">When it was opened.</param>
internal sealed class Http1Connection(UpstreamOrigin origin, Stream stream, UpstreamPermit permit, long openedAt) : IdleUpstream(origin)
{
    private const int SmallBuffer = 16 * 1024;
    private const int LargeBuffer = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private Task? _watch;

    /// <summary>When it was opened.</summary>
    public long OpenedAt { get; } = openedAt;

    /// <summary>Its place among those of its origin that are idle.</summary>
    public LinkedListNode<Http1Connection>? OriginNode { get; set; }

    /// <summary>How often it became idle; 0 for a connection that has not served yet.</summary>
    public int Parked { get; private set; }

    /// <summary>
    /// Whether nothing came while it was idle. A socket is asked, which costs less than to watch each for the moment between two
    /// requests; TLS may hold bytes that its socket does not show, and is watched from the start.
    /// </summary>
    public bool IsQuiet => _watch is { } watch ? !watch.IsCompleted : stream is not NetworkStream plain || IsSilent(plain.Socket);

    /// <summary>Whether what comes while it is idle is noticed when it comes, and not only when it is used again.</summary>
    public bool IsWatched => _watch is not null;

    /// <summary>Whether it must be watched to be trusted again.</summary>
    public bool NeedsWatching => stream is not NetworkStream;

    /// <summary>Whether anything came since it was idle last.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Where a request is written.</summary>
    public Stream Output => stream;

    /// <summary>What was received and not yet used.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Uses up what was received.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Receives more behind what is unread.</summary>
    /// <returns>How many bytes; 0 when the upstream has closed.</returns>
    public async ValueTask<int> FillAsync()
    {
        await StopWatchingAsync().ConfigureAwait(false);
        MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        _end += read;
        HasReceived |= read > 0;
        return read;
    }

    /// <summary>Receives what there is without keeping it here. Only when nothing is unread.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        await StopWatchingAsync().ConfigureAwait(false);
        return await stream.ReadAsync(destination).ConfigureAwait(false);
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
        stream.Dispose();
        permit.Dispose();
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

    private static bool IsSilent(Socket socket)
    {
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
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
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _end = 0;
        }
    }
}
