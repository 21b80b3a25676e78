using System.Buffers;
using System.IO.Pipelines;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Requests;

/// <summary>The body of a request, as its client sends it. While it streams it has no memory but what the server received it in.</summary>
internal sealed class ReceivedBody : RequestBody, IDisposable
{
    private readonly HttpRequest _request;
    private readonly RequestLimits _limits;
    private readonly BodyWait? _wait;
    private long _reserved;
    private bool _watched;
    private volatile bool _unlimited;

    /// <summary>Takes a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="exists">Whether the head announces a body.</param>
    /// <param name="limits">What it shares with other requests.</param>
    public ReceivedBody(HttpRequest request, bool exists, RequestLimits limits)
    {
        _request = request;
        _limits = limits;
        _wait = exists ? new BodyWait(request) : null;
        Exists = exists;
        Consumed = !exists;
    }

    /// <inheritdoc />
    public override bool Exists { get; }

    /// <inheritdoc />
    public override long? AnnouncedLength => _request.ContentLength;

    /// <summary>How many bytes were read from the workload.</summary>
    public long Received => _wait?.Received ?? 0;

    /// <summary>
    /// Says that the head was refused: what it announces is not believed, so whatever follows it counts as body that is left.
    /// </summary>
    public void Distrust() => Consumed = false;

    /// <inheritdoc />
    /// <remarks>It is given back with the body.</remarks>
    public override bool TryReserve(long bytes)
    {
        if (!_limits.Bodies.TryReserve(bytes))
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
            _limits.Stalls.Remove(_wait);
        }
    }

    /// <summary>Gives back the memory that was reserved: the request is over.</summary>
    public void Dispose()
    {
        _limits.Bodies.Release(_reserved);
        _reserved = 0;
        EndTimeLimits();
    }

    /// <inheritdoc />
    protected override async ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation)
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
                var reading = _request.BodyReader.ReadAsync(cancellation);
                read = reading.IsCompleted ? await reading.ConfigureAwait(false) : await WaitAsync(reading).ConfigureAwait(false);
                if (read.Buffer.IsEmpty)
                {
                    _request.BodyReader.AdvanceTo(read.Buffer.End); // Nothing is returned that a caller would advance over.
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
                _request.BodyReader.AdvanceTo(read.Buffer.Start);
            }

            Fault = Reason.BodyTimeout;
            throw new IOException(Fault.Sentence);
        }

        wait.Add(read.Buffer.Length);
        return read.Buffer;
    }

    /// <inheritdoc />
    protected override void Advance(in ReadOnlySequence<byte> bytes) => _request.BodyReader.AdvanceTo(bytes.End);

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
    {
        if (!_watched && !_unlimited)
        {
            _watched = true;
            _limits.Stalls.Add(_wait!); // Only what has a body is read.
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
