using System.Buffers;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Runtime.Audit;

/// <summary>
/// Where audit records and log lines go: one line after the other, never mixed. Writers append to a queue, and a thread of its
/// own writes it out, so that nothing waits for the terminal or the pipe. Each record is let in before its request does
/// anything (<see cref="AdmitAsync"/>); when the reader is slow, requests wait there and are refused in the end. What was let
/// in is never dropped; log lines are, when there is no room.
/// </summary>
public sealed class LineSink : IAsyncDisposable
{
    /// <summary>Bytes that may wait to be written, unless the records of all requests that may be under way take half of that.</summary>
    public const int Capacity = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes that are kept free for a record whose request is under way. Most are shorter; a longer one is still written, so
    /// that the queue outgrows its capacity by what requests that were let in already say of themselves.
    /// </summary>
    private const int RecordRoom = 1024;

    private const int BlockSize = 64 * 1024;
    private const string ReaderIsGone = "nobody reads it any more";

    /// <summary>How long lines are gathered before they are written: one system call then serves many requests.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    /// <summary>How often an output that nothing is written to is asked whether it is still there.</summary>
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(1);

    /// <summary>How long it is known that it is there, once it was asked. To ask is a system call.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a request waits for room before it is refused.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly long _capacity;
    private readonly LogText? _text;
    private readonly object _gate = new(); // Of a kind that can be waited on.
    private readonly Queue<byte[]> _full = new();
    private readonly Queue<TaskCompletionSource<bool>> _waiting = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockSize);
    private int _used;
    private long _room;
    private int _waiters;
    private long _dropped;
    private long _asked;
    private bool _idle;
    private TaskCompletionSource? _flushed;
    private volatile bool _closed;

    /// <summary>Starts the thread that writes.</summary>
    /// <param name="output">Where lines go. It is not closed. Once it says that it cannot be written to, it has failed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="requests">How many requests may be under way: their records alone must not fill the queue.</param>
    /// <param name="text">Makes text for people of what is appended; null writes it as it comes.</param>
    public LineSink(Stream output, TimeProvider time, int requests = 0, LogText? text = null)
    {
        _text = text;
        _room = _capacity = Math.Max(Capacity, 2L * RecordRoom * requests);
        _output = output;
        _time = time;

        // A thread and no task: a write can take for ever. In the background: such a write does not keep the process alive.
        new Thread(Run) { IsBackground = true, Name = "audit" }.Start();
    }

    /// <summary>Ends when the sink is closed and empty, or fails when the output does. A proxy that cannot write its records must stop.</summary>
    public Task Completion => _ended.Task;

    /// <summary>Whether records are taken. The output is asked, if it was not in the last millisecond.</summary>
    public bool IsOpen()
    {
        var now = _time.GetTimestamp();
        if (!_closed && _time.GetElapsedTime(Volatile.Read(ref _asked), now) >= Fresh)
        {
            Volatile.Write(ref _asked, now);
            if (!_output.CanWrite)
            {
                Fail(new IOException(ReaderIsGone));
            }
        }

        return !_closed;
    }

    /// <summary>Whether a record would be let in now, without waiting.</summary>
    public bool HasRoom => !_closed && Volatile.Read(ref _room) >= RecordRoom;

    /// <summary>Bytes of the queue that are taken by lines, and by the records of requests under way.</summary>
    public long TakenBytes => _capacity - Volatile.Read(ref _room);

    /// <summary>How many log lines were dropped because there was no room.</summary>
    public long DroppedLines => Volatile.Read(ref _dropped);

    /// <summary>Waits for room for one record, which <see cref="Write"/> then uses.</summary>
    /// <returns>False when there was none in time: what the record was to be about must not happen.</returns>
    public ValueTask<bool> AdmitAsync()
    {
        if (Volatile.Read(ref _waiters) == 0 && TryAdmit())
        {
            return new ValueTask<bool>(true);
        }

        return _closed ? new ValueTask<bool>(false) : WaitForRoomAsync();
    }

    /// <summary>Takes room for one record, if there is any.</summary>
    public bool TryAdmit() => IsOpen() && TryTake(RecordRoom);

    /// <summary>Appends a record for which there is room; the line break is added.</summary>
    public void Write(ReadOnlySpan<byte> record) => Append(Shown(record), RecordRoom);

    /// <summary>Appends a log line if there is room.</summary>
    public void TryWrite(ReadOnlySpan<byte> line) => TryWrite(line, leave: 0);

    /// <summary>
    /// Appends a log line of which clients decide how many there are, if more than half of the queue is free: records must find room beside them.
    /// </summary>
    public void TryWriteSpare(ReadOnlySpan<byte> line) => TryWrite(line, leave: _capacity / 2);

    private ReadOnlySpan<byte> Shown(ReadOnlySpan<byte> lines) => _text is null ? lines : _text.OfLines(lines);

    private void TryWrite(ReadOnlySpan<byte> line, long leave)
    {
        // What is dropped is not made into text first.
        if (Volatile.Read(ref _room) > leave)
        {
            line = Shown(line);
            if (TryTake(line.Length + 1))
            {
                Append(line, line.Length + 1);
                return;
            }
        }

        Interlocked.Increment(ref _dropped);
    }

    /// <summary>Ends when all that was appended so far has been written.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return _ended.Task;
            }

            _flushed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Wake();
            return _flushed.Task;
        }
    }

    /// <summary>Takes nothing more and writes what is left.</summary>
    /// <returns>Whether all was written within the time.</returns>
    public async Task<bool> CloseAsync(TimeSpan patience)
    {
        lock (_gate)
        {
            Close();
        }

        await _ended.Task.WaitAsync(patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Completion carries the error.
        return _ended.Task.IsCompletedSuccessfully;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await CloseAsync(_closed ? TimeSpan.Zero : Patience).ConfigureAwait(false);

    private bool TryTake(int bytes)
    {
        if (_closed)
        {
            return false;
        }

        if (Interlocked.Add(ref _room, -bytes) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _room, bytes);
        return false;
    }

    private async ValueTask<bool> WaitForRoomAsync()
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _waiting.Enqueue(waiter);
            Volatile.Write(ref _waiters, _waiting.Count);
            Grant(); // Room may have come since it was looked for.
        }

        await ((Task)waiter.Task.WaitAsync(Patience, _time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!waiter.TrySetResult(false))
        {
            return await waiter.Task.ConfigureAwait(false);
        }

        lock (_gate)
        {
            Grant();
        }

        return false;
    }

    /// <summary>Lets in those who wait, in their order, and forgets those who gave up.</summary>
    private void Grant()
    {
        while (_waiting.TryPeek(out var waiter))
        {
            if (!waiter.Task.IsCompleted)
            {
                if (!TryTake(RecordRoom))
                {
                    break;
                }

                if (!waiter.TrySetResult(true))
                {
                    Interlocked.Add(ref _room, RecordRoom);
                }
            }

            _waiting.Dequeue();
        }

        Volatile.Write(ref _waiters, _waiting.Count);
    }

    private void Append(ReadOnlySpan<byte> line, int taken)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            Interlocked.Add(ref _room, taken - (line.Length + 1));
            Fill(line);
            Fill("\n"u8);
            Wake();
        }
    }

    private void Fill(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _block.Length)
            {
                _full.Enqueue(_block);
                _block = ArrayPool<byte>.Shared.Rent(BlockSize);
                _used = 0;
            }

            var count = Math.Min(bytes.Length, _block.Length - _used);
            bytes[..count].CopyTo(_block.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    private void Wake()
    {
        if (_idle)
        {
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes nothing more. What waits for room waits in vain.</summary>
    private void Close()
    {
        _closed = true;
        Wake();
        while (_waiting.TryDequeue(out var waiter))
        {
            waiter.TrySetResult(false);
        }
    }

    private void Fail(IOException error)
    {
        lock (_gate)
        {
            _ended.TrySetException(error); // Before the thread sees that it is closed, and ends well.
            _flushed?.TrySetException(error);
            Close();
        }
    }

    private void Run()
    {
        try
        {
            while (Take(out var length) is { } block)
            {
                _output.Write(block, 0, length);
                ArrayPool<byte>.Shared.Return(block);
                Interlocked.Add(ref _room, length);
                if (Volatile.Read(ref _waiters) > 0)
                {
                    lock (_gate)
                    {
                        Grant();
                    }
                }
            }

            _ended.TrySetResult();
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    /// <summary>Waits for something to write.</summary>
    /// <returns>Null when the sink is closed and empty.</returns>
    private byte[]? Take(out int length)
    {
        for (var gathered = false; ; gathered = true)
        {
            lock (_gate)
            {
                while (_full.Count == 0 && _used == 0)
                {
                    _flushed?.TrySetResult();
                    _flushed = null;
                    if (_closed)
                    {
                        length = 0;
                        return null;
                    }

                    _idle = true;
                    if (!Monitor.Wait(_gate, Probe) && !_output.CanWrite)
                    {
                        throw new IOException(ReaderIsGone);
                    }

                    _idle = false;
                }

                if (_full.TryDequeue(out var full))
                {
                    length = full.Length;
                    return full;
                }

                if (gathered || _closed)
                {
                    var block = _block;
                    length = _used;
                    _block = ArrayPool<byte>.Shared.Rent(BlockSize);
                    _used = 0;
                    return block;
                }
            }

            Thread.Sleep(Gather);
        }
    }
}
