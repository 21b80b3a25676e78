using System.Buffers;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// A request's body. It streams past, unless a step asks for the whole of it, which is then held once for all steps; observers see the bytes as the
/// workload sent them in either case.
/// </summary>
public abstract class RequestBody
{
    private const int FirstBufferSize = 4 * 1024;

    private List<BodyPrefix>? _observers;
    private byte[]? _received;
    private byte[]? _decoded;
    private string? _decodedFrom;

    /// <summary>Whether the head announces a body.</summary>
    public abstract bool Exists { get; }

    /// <summary>The length that the head announces; null when the body is chunked or there is none.</summary>
    public abstract long? AnnouncedLength { get; }

    /// <summary>The length of what is sent; null when it is not known before its end.</summary>
    public long? Length => InMemory?.Length ?? (Exists ? AnnouncedLength : null);

    /// <summary>The bytes that are sent, once a step has held the whole body. Null while it streams.</summary>
    public byte[]? InMemory { get; private set; }

    /// <summary>What the workload sent, without its content coding, once a step has put something else in its place. Null before.</summary>
    public byte[]? AsSent { get; private set; }

    /// <summary>Whether nothing has taken its place, once it was held.</summary>
    public bool IsAsReceived => ReferenceEquals(InMemory, _received);

    /// <summary>How many bytes came so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether nothing of the body is left to be read.</summary>
    public bool Consumed { get; protected set; }

    /// <summary>Why the body could not be read, after a copy failed.</summary>
    public Reason? Fault { get; protected set; }

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

    /// <summary>Holds the whole body in memory, as it was sent or as an earlier step has made it.</summary>
    /// <param name="limit">Largest size in bytes.</param>
    /// <param name="cancellation">Ends the wait for the client.</param>
    /// <returns>The bytes, or why the request is refused.</returns>
    public async ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadWholeAsync(long limit, CancellationToken cancellation)
    {
        if (_received is not null)
        {
            return (InMemory ?? _received, null);
        }

        // An announced length over the limit is refused without reading it.
        if (AnnouncedLength > limit && Checks.On(Check.BodyLimit))
        {
            return (null, Reason.BodyTooLarge);
        }

        var whole = Array.Empty<byte>();
        var length = 0;
        try
        {
            while (await NextAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } bytes)
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
                        var size = Math.Max(needed, Math.Min(Math.Max(FirstBufferSize, 2L * whole.Length), AnnouncedLength ?? limit));
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
        InMemory = whole;
        return (whole, null);
    }

    /// <summary>Holds the whole body without its content coding, which is read once for all steps.</summary>
    /// <param name="contentEncoding">Content-Encoding of what is sent now.</param>
    /// <param name="limit">Largest size in bytes, as it came and decoded.</param>
    /// <param name="cancellation">Ends the wait for the client.</param>
    /// <returns>The bytes, or why the request is refused.</returns>
    public async ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadDecodedAsync(string? contentEncoding, long limit, CancellationToken cancellation)
    {
        if (_decoded is not null && contentEncoding == _decodedFrom)
        {
            return (_decoded, null);
        }

        var (bytes, refusal) = await ReadWholeAsync(limit, cancellation).ConfigureAwait(false);
        if (bytes is null)
        {
            return (bytes, refusal);
        }

        var (decoded, unreadable) = Decode(contentEncoding, bytes, limit);
        if (decoded is not null && !ReferenceEquals(decoded, bytes))
        {
            (_decoded, _decodedFrom) = (decoded, contentEncoding);
        }

        return (decoded, unreadable);
    }

    /// <summary>Holds the whole body as the workload has sent it, whatever steps have put in its place.</summary>
    /// <param name="contentEncoding">Content-Encoding of what was received.</param>
    /// <param name="limit">Largest size in bytes, as it came and decoded.</param>
    /// <param name="cancellation">Ends the wait for the client.</param>
    /// <returns>The bytes without their content coding, or as they came when that cannot be read, and whether it could; or why the request is refused.</returns>
    public async ValueTask<(byte[]? Bytes, bool Decoded, Reason? Refusal)> ReadReceivedAsync(string? contentEncoding, long limit, CancellationToken cancellation)
    {
        var (bytes, refusal) = IsAsReceived // Also when both are yet to come.
            ? await ReadDecodedAsync(contentEncoding, limit, cancellation).ConfigureAwait(false)
            : Decode(contentEncoding, _received!, limit); // What was replaced had been received.
        return refusal == Reason.BodyEncoding ? (_received, false, null) : (bytes, bytes is not null, refusal);
    }

    /// <summary>Sends other bytes than those received, without a content coding. Only after the whole body was read.</summary>
    public void Replace(byte[] bytes)
    {
        AsSent ??= _decoded ?? _received;
        InMemory = bytes;
        (_decoded, _decodedFrom) = (bytes, null);
    }

    /// <summary>Sends other bytes than those received, in the content coding that the head says. Only after the whole body was read.</summary>
    public void ReplaceCoded(byte[] bytes)
    {
        InMemory = bytes;
        _decoded = null;
    }

    /// <summary>Copies the body upstream, flushing what has arrived.</summary>
    /// <exception cref="IOException">The body broke off; <see cref="Fault"/> says why.</exception>
    public async Task CopyToAsync(Stream destination, CancellationToken cancellation)
    {
        if (InMemory is not null)
        {
            await destination.WriteAsync(InMemory, cancellation).ConfigureAwait(false);
            return;
        }

        while (await NextAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } bytes)
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

    /// <summary>Reserves memory for what is made of the body, before it is made.</summary>
    /// <returns>False when whole bodies take all that they may: the request is refused with <see cref="Reason.BodyMemory"/>.</returns>
    public abstract bool TryReserve(long bytes);

    /// <summary>Waits for bytes; empty at the end. What comes back is to be advanced over before the next call.</summary>
    /// <exception cref="IOException">The body broke off; <see cref="Fault"/> says why.</exception>
    protected abstract ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation);

    /// <summary>Gives back what was read.</summary>
    protected abstract void Advance(in ReadOnlySequence<byte> bytes);

    private (byte[]? Bytes, Reason? Refusal) Decode(string? contentEncoding, byte[] bytes, long limit)
    {
        if (bytes is [] || ContentCoding.IsIdentity(contentEncoding) || !Checks.On(Check.BodyEncoding))
        {
            return (bytes, null);
        }

        // Only an absent header is null, and that is no coding.
        var largest = Checks.On(Check.BodyLimit) ? limit : Array.MaxLength;
        return ContentCoding.Decode(contentEncoding!, bytes, largest, TryReserve, out var decoded) is { } unreadable ? (null, unreadable) : (decoded, null);
    }

    private async ValueTask<ReadOnlySequence<byte>> NextAsync(CancellationToken cancellation)
    {
        var bytes = await ReadAsync(cancellation).ConfigureAwait(false);
        BytesRead += bytes.Length;
        foreach (var observer in _observers ?? [])
        {
            foreach (var segment in bytes)
            {
                observer.Append(segment.Span);
            }
        }

        return bytes;
    }
}
