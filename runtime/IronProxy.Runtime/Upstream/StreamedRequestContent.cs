using System.Net;
using IronProxy.Runtime.Pipeline;

namespace IronProxy.Runtime.Upstream;

/// <summary>The body of an outgoing request: the workload's, as it arrives.</summary>
/// <param name="body">The body.</param>
/// <param name="sent">Called when all of it was sent.</param>
internal sealed class StreamedRequestContent(RequestBody body, Action sent) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The head goes first, so that an upstream can answer it before the body is there.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        sent();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length ?? 0;
        return body.Length is not null || !body.Exists;
    }
}
