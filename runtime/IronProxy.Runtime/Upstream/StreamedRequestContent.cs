using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Requests;

namespace IronProxy.Runtime.Upstream;

/// <summary>The body of a request over HTTP/2: the workload's, as it arrives.</summary>
internal sealed class StreamedRequestContent : HttpContent
{
    private readonly ProxiedRequest _context;
    private readonly ResponseDeadline _deadline;
    private readonly CancellationTokenSource _stop;
    private Task? _sending;

    /// <summary>Takes the body of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="deadline">The response's deadline.</param>
    public StreamedRequestContent(ProxiedRequest context, ResponseDeadline deadline)
    {
        _context = context;
        _deadline = deadline;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
    }

    /// <summary>Whether all of it was sent.</summary>
    public bool IsSent { get; private set; }

    /// <summary>
    /// .NET sends again what an upstream has declared unprocessed. Of a body that streams past, only the rest would be sent, and
    /// of a head without its body the upstream makes what it likes.
    /// </summary>
    /// <exception cref="UpstreamBrokenException">The body has begun to be sent, and is not in memory.</exception>
    public void RefuseSecondTime()
    {
        if (_sending is not null && _context.Body.InMemory is null)
        {
            throw new UpstreamBrokenException(Reason.UpstreamUnprocessed);
        }
    }

    /// <summary>Sends no more, and returns when the client's body is no longer read.</summary>
    public async ValueTask StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_sending is not null)
        {
            await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // The client has told of it.
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        RefuseSecondTime();
        return _sending = SendAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _context.Body.Length ?? 0;
        return _context.Body.Length is not null;
    }

    protected override void Dispose(bool disposing)
    {
        _stop.Dispose();
        base.Dispose(disposing);
    }

    private async Task SendAsync(Stream stream, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        try
        {
            // The head goes first, so that an upstream can answer it before the body is there.
            await stream.FlushAsync(either.Token).ConfigureAwait(false);
            await _context.Body.CopyToAsync(new TimedUploadStream(stream, _deadline), either.Token).ConfigureAwait(false);
            IsSent = true;
        }
        finally
        {
            _deadline.Start();
        }
    }
}
