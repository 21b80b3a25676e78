using System.IO.Pipelines;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// What the server reads of an HTTP/1 connection. Of a head it tells all that it read, and the door of requests
/// checks that; of chunked bodies it tells nothing, so they are looked at here: it takes any bytes for a chunk's extension, and
/// waits for ever behind a bare line feed.
/// </summary>
internal sealed class Http1Input(PipeReader inner) : WatchedInput(inner, holdEnd: true)
{
    private ChunkedBodyReader? _chunks;

    /// <inheritdoc />
    protected override bool IsWatching => _chunks is not null;

    /// <summary>Says that a chunked body comes next. The server has read the head up to there, and nothing of the body.</summary>
    public void BeginChunkedBody()
    {
        Restart();
        _chunks = new ChunkedBodyReader();
    }

    /// <inheritdoc />
    protected override BadHttpRequestException? Watch(ReadOnlySpan<byte> bytes)
    {
        switch (_chunks?.Read(bytes, out _))
        {
            case ParseStatus.Invalid:
                return new BadHttpRequestException("The body's chunks are malformed.");
            case ParseStatus.Done:
                _chunks = null;
                break;
        }

        return null;
    }
}
