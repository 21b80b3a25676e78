using System.Buffers;
using System.IO.Pipelines;

namespace IronProxy.Runtime.Listeners;

/// <summary>How a splice has ended.</summary>
internal enum SpliceEnd
{
    /// <summary>The upstream has said all that it had to say, or the client, which then went.</summary>
    Complete,

    /// <summary>The client broke off.</summary>
    ClientBroke,

    /// <summary>The upstream broke off.</summary>
    UpstreamBroke,

    /// <summary>Nothing moved for too long.</summary>
    Idle,
}

/// <summary>
/// Carries bytes between a client and an upstream, unread and in both directions at once. What one side does not take is not read of the other, and the
/// end of one direction is passed on while the other goes on.
/// </summary>
/// <param name="fromClient">What the client sends, from its first byte on.</param>
/// <param name="toClient">Where it reads. Disposing it ends this direction alone.</param>
/// <param name="fromUpstream">What the upstream sends.</param>
/// <param name="toUpstream">Where it reads. Disposing it ends this direction alone.</param>
/// <param name="unread">Notices that the client is gone while the upstream takes nothing; null where nothing does.</param>
/// <param name="time">The clock.</param>
internal sealed class Splice(PipeReader fromClient, Stream toClient, Stream fromUpstream, Stream toUpstream, UnreadClient? unread, TimeProvider time)
{
    private const int BufferSize = 64 * 1024;

    private long _fromClientBytes;
    private long _fromUpstreamBytes;
    private long _movedAt;

    /// <summary>Bytes that went from the client to the upstream.</summary>
    public long FromClientBytes => Interlocked.Read(ref _fromClientBytes);

    /// <summary>Bytes that went from the upstream to the client.</summary>
    public long FromUpstreamBytes => Interlocked.Read(ref _fromUpstreamBytes);

    /// <summary>Carries until both directions have ended, or one is broken.</summary>
    /// <param name="idleLimit">How long nothing may move; null is no limit.</param>
    /// <param name="clientGone">Cancelled when the client is gone, also when it had ended its side before.</param>
    public async Task<SpliceEnd> RunAsync(TimeSpan? idleLimit, CancellationToken clientGone)
    {
        using var idle = new CancellationTokenSource();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(clientGone, idle.Token);
        _movedAt = time.GetTimestamp();
        using var timer = idleLimit is { } limit ? StartTimer(limit, idle) : null;
        var up = UploadAsync(over.Token);
        var down = DownloadAsync(over.Token);
        var first = await Task.WhenAny(up, down).ConfigureAwait(false);
        var end = await first.ConfigureAwait(false);
        if (end is not null)
        {
            await over.CancelAsync().ConfigureAwait(false);
        }

        var second = await (first == up ? down : up).ConfigureAwait(false);
        end ??= second;
        if (end is not null && idle.IsCancellationRequested)
        {
            return SpliceEnd.Idle;
        }

        // A program that ends closes both directions: its system sends the end first, and only then refuses what still comes.
        var isOver = first == down || end == SpliceEnd.ClientBroke;
        return end is null || (isOver && await first.ConfigureAwait(false) is null) ? SpliceEnd.Complete : end.Value;
    }

    /// <returns>Null at the end of what the client sends, or who broke off.</returns>
    private async Task<SpliceEnd?> UploadAsync(CancellationToken over)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await fromClient.ReadAsync(over).ConfigureAwait(false);
            }
            catch (Exception e) when (IsBreak(e))
            {
                return SpliceEnd.ClientBroke;
            }

            try
            {
                foreach (var segment in read.Buffer)
                {
                    if (!await TryWriteAsync(segment, over).ConfigureAwait(false))
                    {
                        return SpliceEnd.ClientBroke;
                    }

                    Moved(ref _fromClientBytes, segment.Length);
                }
            }
            catch (Exception e) when (IsBreak(e))
            {
                return over.IsCancellationRequested ? SpliceEnd.ClientBroke : SpliceEnd.UpstreamBroke;
            }

            fromClient.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return await EndAsync(toUpstream).ConfigureAwait(false) ? null : SpliceEnd.UpstreamBroke;
            }
        }
    }

    /// <returns>False when the client is gone. What was begun ends with the upstream's connection.</returns>
    private async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken over)
    {
        var writing = toUpstream.WriteAsync(bytes, over);
        if (unread is null || writing.IsCompleted)
        {
            await writing.ConfigureAwait(false);
            return true;
        }

        var task = writing.AsTask();
        if (!await unread.WaitAsync(task).ConfigureAwait(false))
        {
            return false;
        }

        await task.ConfigureAwait(false);
        return true;
    }

    /// <returns>Null at the end of what the upstream sends, or who broke off.</returns>
    private async Task<SpliceEnd?> DownloadAsync(CancellationToken over)
    {
        while (true)
        {
            byte[]? buffer = null;
            try
            {
                int length;
                try
                {
                    // Most splices wait most of the time, and need no memory for that.
                    await fromUpstream.ReadAsync(Memory<byte>.Empty, over).ConfigureAwait(false);
                    buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                    length = await fromUpstream.ReadAsync(buffer.AsMemory(0, BufferSize), over).ConfigureAwait(false);
                }
                catch (Exception e) when (IsBreak(e))
                {
                    return over.IsCancellationRequested ? SpliceEnd.ClientBroke : SpliceEnd.UpstreamBroke;
                }

                if (length == 0)
                {
                    return await EndAsync(toClient).ConfigureAwait(false) ? null : SpliceEnd.ClientBroke;
                }

                try
                {
                    await toClient.WriteAsync(buffer.AsMemory(0, length), over).ConfigureAwait(false);
                    Moved(ref _fromUpstreamBytes, length);
                }
                catch (Exception e) when (IsBreak(e))
                {
                    return SpliceEnd.ClientBroke;
                }
            }
            finally
            {
                if (buffer is not null)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
    }

    private static async ValueTask<bool> EndAsync(Stream direction)
    {
        try
        {
            await direction.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsBreak(e))
        {
            return false;
        }
    }

    private static bool IsBreak(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;

    private void Moved(ref long counter, int bytes)
    {
        Interlocked.Add(ref counter, bytes);
        Volatile.Write(ref _movedAt, time.GetTimestamp());
    }

    private ITimer StartTimer(TimeSpan limit, CancellationTokenSource idle)
    {
        var timer = time.CreateTimer(
            _ =>
            {
                try
                {
                    if (time.GetElapsedTime(Volatile.Read(ref _movedAt)) >= limit)
                    {
                        idle.Cancel();
                    }
                }
                catch (ObjectDisposedException)
                {
                    // It has ended in the meantime: a timer does not wait for its last call.
                }
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        var often = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, limit.Ticks / 4));
        timer.Change(often, often);
        return timer;
    }
}
