using System.Buffers;
using System.IO.Pipelines;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Pipeline;

/// <summary>
/// The request's body. It streams past, unless a step asks for the whole of it; observers see the bytes as the workload sent
/// them in either case. While it streams it has no memory but what the server received it in.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="hasBody">Whether the head announces a body.</param>
/// <param name="limits">What it shares with other requests.</param>
public sealed class RequestBody(HttpRequest request, bool hasBody, RequestLimits limits) : IDisposable
{
    private const int FirstBufferSize = 4 * 1024;

    private readonly BodyWait? _wait = hasBody ? new BodyWait(request) : null;
    private List<BodyPrefix>? _observers;
    private byte[]? _received;
    private long _reserved;
    private bool _watched;
    private volatile bool _unlimited;

    /// <summary>Whether the head announces a body.</summary>
    public bool Exists { get; } = hasBody;

    /// <summary>The announced length; null when the body is chunked or there is none.</summary>
    public long? Length => Replacement?.Length ?? (Exists ? request.ContentLength : null);

    /// <summary>The bytes that are sent instead of streaming, once a step has held the whole body.</summary>
    public byte[]? Replacement { get; private set; }

    /// <summary>Whether nothing of the body is left to be read.</summary>
    public bool Consumed { get; private set; } = !hasBody;

    /// <summary>How many bytes were read from the workload.</summary>
    public long Received => _wait?.Received ?? 0;

    /// <summary>Why the body could not be read, after a copy failed.</summary>
    public Reason? Fault { get; private set; }

    /// <summary>
    /// Says that the head was refused: what it announces is not believed, so whatever follows it counts as body that is left.
    /// </summary>
    public void Distrust() => Consumed = false;

    /// <summary>Lets an observer see the body's first bytes.</summary>
    public void Observe(BodyPrefix observer)
    {
        if (_received is not null)
        {
            observer.Append(_received);
        }
        else
        {
            (_observers ??= []).Add(observer);
        }
    }

    /// <summary>Holds the whole body in memory.</summary>
    /// <param name="limit">Largest size in bytes.</param>
    /// <param name="cancellation">Ends the wait for the client.</param>
    /// <returns>The bytes, or why the request is refused.</returns>
    public async ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadWholeAsync(long limit, CancellationToken cancellation)
    {
        if (_received is not null)
        {
            return (Replacement ?? _received, null);
        }

        // An announced length over the limit is refused without reading it.
        if (request.ContentLength > limit && Checks.On(Check.BodyLimit))
        {
            return (null, Reason.BodyTooLarge);
        }

        var whole = Array.Empty<byte>();
        var length = 0;
        try
        {
            while (await ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } bytes)
            {
                try
                {
                    var needed = length + bytes.Length;
                    if (needed > limit && Checks.On(Check.BodyLimit))
                    {
                        return (null, Reason.BodyTooLarge);
                    }

                    if (needed > whole.Length)
                    {
                        // What is announced is not believed: memory grows with what has come.
                        var size = Math.Max(needed, Math.Min(Math.Max(FirstBufferSize, 2L * whole.Length), request.ContentLength ?? limit));
                        if (size > Array.MaxLength || !TryReserve(size - whole.Length))
                        {
                            return (null, Reason.BodyMemory);
                        }

                        Array.Resize(ref whole, (int)size);
                    }

                    bytes.CopyTo(whole.AsSpan(length));
                    length = (int)needed;
                }
                finally
                {
                    Advance(bytes);
                }
            }
        }
        catch (IOException) when (Fault is not null)
        {
            return (null, Fault);
        }

        Consumed = true;
        Array.Resize(ref whole, length);
        _received = whole;
        Replacement = _received;
        return (_received, null);
    }

    /// <summary>
    /// Reserves memory for what is made of the body, before it is made. It is given back with the body.
    /// </summary>
    /// <returns>False when whole bodies take all that they may: the request is refused with <see cref="Reason.BodyMemory"/>.</returns>
    public bool TryReserve(long bytes)
    {
        if (!limits.Bodies.TryReserve(bytes))
        {
            return false;
        }

        _reserved += bytes;
        return true;
    }

    /// <summary>
    /// The response has begun: what the client still sends belongs to a conversation, in which it may be silent as long as it likes.
    /// </summary>
    public void EndTimeLimits()
    {
        _unlimited = true;
        if (_wait is not null)
        {
            limits.Stalls.Remove(_wait);
        }
    }

    /// <summary>Gives back the memory that was reserved: the request is over.</summary>
    public void Dispose()
    {
        limits.Bodies.Release(_reserved);
        _reserved = 0;
        EndTimeLimits();
    }

    /// <summary>Sends other bytes than those received. Only after <see cref="ReadWholeAsync"/>.</summary>
    public void Replace(byte[] bytes) => Replacement = bytes;

    /// <summary>Copies the body upstream, flushing what has arrived.</summary>
    public async Task CopyToAsync(Stream destination, CancellationToken cancellation)
    {
        if (Replacement is not null)
        {
            await destination.WriteAsync(Replacement, cancellation).ConfigureAwait(false);
            return;
        }

        while (await ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } bytes)
        {
            try
            {
                foreach (var segment in bytes)
                {
                    await destination.WriteAsync(segment, cancellation).ConfigureAwait(false);
                }
            }
            finally
            {
                Advance(bytes);
            }

            await destination.FlushAsync(cancellation).ConfigureAwait(false);
        }

        Consumed = true;
    }

    /// <summary>Waits for bytes; empty at the end. What comes back is to be advanced over before the next call.</summary>
    private async ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation)
    {
        if (_wait is not { } wait)
        {
            return default;
        }

        ReadResult read;
        try
        {
            do
            {
                var reading = request.BodyReader.ReadAsync(cancellation);
                read = reading.IsCompleted ? await reading.ConfigureAwait(false) : await WaitAsync(reading).ConfigureAwait(false);
                if (read.Buffer.IsEmpty)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.End); // Nothing is returned that a caller would advance over.
                }
            }
            while (read is { Buffer.IsEmpty: true, IsCompleted: false, IsCanceled: false });
        }
        catch (IOException e)
        {
            // The upstream connection is torn down by the exception: a broken body is never completed for the client.
            Fault = e is BadHttpRequestException ? Reason.MalformedBody : Reason.ClientClosed;
            throw;
        }

        if (read.IsCanceled)
        {
            if (!read.Buffer.IsEmpty)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start);
            }

            Fault = Reason.BodyTimeout;
            throw new IOException(Fault.Sentence);
        }

        wait.Add(read.Buffer.Length);
        if (_observers is not null)
        {
            foreach (var observer in _observers)
            {
                foreach (var segment in read.Buffer)
                {
                    observer.Append(segment.Span);
                }
            }
        }

        return read.Buffer;
    }

    private void Advance(in ReadOnlySequence<byte> bytes) => request.BodyReader.AdvanceTo(bytes.End);

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
    {
        if (!_watched && !_unlimited)
        {
            _watched = true;
            limits.Stalls.Add(_wait!); // Only what has a body is read.
        }

        using (_wait!.Begin())
        {
            return await reading.ConfigureAwait(false);
        }
    }

    /// <summary>The wait for the next bytes.</summary>
    private sealed class BodyWait(HttpRequest request) : ClientWait
    {
        private long _received;

        public long Received => Interlocked.Read(ref _received);

        protected override long Moved => Received;

        public void Add(long bytes) => Interlocked.Add(ref _received, bytes);

        protected override void End() => request.BodyReader.CancelPendingRead();
    }
}
