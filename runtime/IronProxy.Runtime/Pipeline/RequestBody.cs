using System.Buffers;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Pipeline;

/// <summary>
/// The request's body. It streams past, unless a step asks for the whole of it; observers see the bytes as the workload sent
/// them in either case.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="hasBody">Whether the head announces a body.</param>
/// <param name="limits">What it shares with other requests.</param>
public sealed class RequestBody(HttpRequest request, bool hasBody, RequestLimits limits) : IDisposable
{
    private const int BufferSize = 64 * 1024;

    private List<BodyPrefix>? _observers;
    private byte[]? _received;
    private long _reserved;

    /// <summary>Whether the head announces a body.</summary>
    public bool Exists { get; } = hasBody;

    /// <summary>The announced length; null when the body is chunked or there is none.</summary>
    public long? Length => Replacement?.Length ?? (Exists ? request.ContentLength : null);

    /// <summary>The bytes that are sent instead of streaming, once a step has held the whole body.</summary>
    public byte[]? Replacement { get; private set; }

    /// <summary>Whether nothing of the body is left to be read.</summary>
    public bool Consumed { get; private set; } = !hasBody;

    /// <summary>How many bytes were read from the workload.</summary>
    public long Received { get; private set; }

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
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                if ((long)length + read > limit && Checks.On(Check.BodyLimit))
                {
                    return (null, Reason.BodyTooLarge);
                }

                if (length + read > whole.Length)
                {
                    // What is announced is not believed: memory grows with what has come.
                    var size = Math.Max(length + read, (int)Math.Min(2L * whole.Length, request.ContentLength ?? Array.MaxLength));
                    if (!TryReserve(size - whole.Length))
                    {
                        return (null, Reason.BodyMemory);
                    }

                    Array.Resize(ref whole, size);
                }

                buffer.AsSpan(0, read).CopyTo(whole.AsSpan(length));
                length += read;
            }
        }
        catch (IOException) when (Fault is not null)
        {
            return (null, Fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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

    /// <summary>Gives back the memory that was reserved: the request is over.</summary>
    public void Dispose()
    {
        limits.Bodies.Release(_reserved);
        _reserved = 0;
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

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                await destination.FlushAsync(cancellation).ConfigureAwait(false);
            }

            Consumed = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await request.Body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // The upstream connection is torn down by the exception: a broken body is never completed for the client.
            Fault = e is BadHttpRequestException ? Reason.MalformedBody : Reason.ClientClosed;
            throw;
        }

        Received += read;
        if (_observers is not null)
        {
            foreach (var observer in _observers)
            {
                observer.Append(buffer.AsSpan(0, read));
            }
        }

        return read;
    }
}
