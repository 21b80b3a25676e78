namespace IronProxy.Runtime.Audit;

/// <summary>
/// Where audit records and log lines go: one line after the other, never mixed. Writers append to a buffer and a single
/// flusher writes it out, so that a request does not wait for the terminal or the pipe. When the reader is slow, writers
/// wait: a record is never dropped.
/// </summary>
public sealed class LineSink : IAsyncDisposable
{
    private const int HighWater = 4 * 1024 * 1024;

    /// <summary>How long lines are gathered before they are written: one system call then serves many requests.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    private readonly Stream _output;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly Task _flusher;
    private MemoryStream _buffer = new();
    private MemoryStream _spare = new();
    private bool _closed;

    /// <summary>Starts the flusher.</summary>
    /// <param name="output">Where lines go. It is not closed.</param>
    public LineSink(Stream output)
    {
        _output = output;
        _flusher = Task.Run(FlushAsync);
    }

    /// <summary>
    /// Ends when the sink is closed, or fails when the output does. A proxy that cannot write its records must stop.
    /// </summary>
    public Task Completion => _flusher;

    /// <summary>Appends one line; the line break is added.</summary>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        _room.Wait();
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _buffer.Write(line);
            _buffer.WriteByte((byte)'\n');
            if (_buffer.Length > HighWater)
            {
                _room.Reset();
            }

            if (_filled.CurrentCount == 0)
            {
                _filled.Release();
            }
        }
    }

    /// <summary>Writes what is left and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (_filled.CurrentCount == 0)
            {
                _filled.Release();
            }
        }

        await _flusher.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Completion carries the error.
        _filled.Dispose();
        _room.Dispose();
        await _buffer.DisposeAsync().ConfigureAwait(false);
        await _spare.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FlushAsync()
    {
        try
        {
            await FlushUntilClosedAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _closed = true;
            }

            _room.Set();
        }
    }

    private async Task FlushUntilClosedAsync()
    {
        while (true)
        {
            await _filled.WaitAsync().ConfigureAwait(false);
            if (!Volatile.Read(ref _closed))
            {
                await Task.Delay(Gather).ConfigureAwait(false);
            }

            MemoryStream full;
            bool closed;
            lock (_gate)
            {
                (full, _buffer) = (_buffer, _spare);
                closed = _closed;
            }

            if (full.Length > 0)
            {
                await _output.WriteAsync(full.GetBuffer().AsMemory(0, (int)full.Length)).ConfigureAwait(false);
                await _output.FlushAsync().ConfigureAwait(false);
                full.SetLength(0);
            }

            _spare = full;
            _room.Set();
            if (closed)
            {
                return;
            }
        }
    }
}
