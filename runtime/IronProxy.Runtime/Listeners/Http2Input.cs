using System.IO.Pipelines;
using IronProxy.Runtime.Protocols.Http2;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Listeners;

/// <summary>What the server reads of an HTTP/2 connection: the frames that only make work are counted, which it does in part.</summary>
/// <param name="inner">The client's bytes.</param>
/// <param name="time">The clock.</param>
/// <param name="flooded">Told once when there are too many.</param>
internal sealed class Http2Input(PipeReader inner, TimeProvider time, Action flooded) : WatchedInput(inner, holdEnd: false)
{
    private readonly FrameScanner _scanner = new(time);

    /// <inheritdoc />
    protected override bool IsWatching => true;

    /// <inheritdoc />
    protected override BadHttpRequestException? Watch(ReadOnlySpan<byte> bytes)
    {
        if (_scanner.TryScan(bytes))
        {
            return null;
        }

        flooded();
        return new BadHttpRequestException("The connection sent too many frames that only make work.");
    }
}
