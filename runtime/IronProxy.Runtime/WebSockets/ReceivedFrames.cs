using System.Buffers;
using IronProxy.Pipeline;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.WebSockets;

/// <summary>What an upstream sends: its messages pass the steps while they come.</summary>
/// <param name="newest">What the steps do with messages.</param>
internal sealed class ReceivedFrames(WebSocketMessages newest) : FrameRelay(fromClient: false, newest)
{
    /// <inheritdoc />
    protected override void Begin()
    {
        foreach (var each in Messages.Received)
        {
            each.Begin(IsText);
        }
    }

    /// <inheritdoc />
    protected override ValueTask<CloseCode?> TakeMessageAsync(ReadOnlyMemory<byte> piece, bool isLast, ArrayBufferWriter<byte> output, CancellationToken cancellation)
    {
        try
        {
            foreach (var each in Messages.Received)
            {
                var passed = new ArrayBufferWriter<byte>();
                each.Take(piece.Span, isLast, passed);
                piece = passed.WrittenMemory;
            }
        }
        catch (BrokenResponseException)
        {
            return ValueTask.FromResult<CloseCode?>(CloseCode.InternalError);
        }

        WritePart(piece.Span, isLast, output);
        return ValueTask.FromResult<CloseCode?>(null);
    }

    /// <inheritdoc />
    protected override void Replace(Span<byte> text)
    {
        foreach (var each in Newest.Received)
        {
            each.Replace(text);
        }
    }
}
