using System.Buffers;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.WebSockets;

/// <summary>What a client sends: where steps look at its messages, each is held whole, within the limits of bodies.</summary>
/// <param name="newest">What the steps do with messages.</param>
/// <param name="memory">The memory that whole bodies may take.</param>
/// <param name="limit">How long a message that is held may take to be whole.</param>
/// <param name="time">The clock.</param>
internal sealed class SentFrames(WebSocketMessages newest, BufferedBodies memory, TimeSpan limit, TimeProvider time) : FrameRelay(fromClient: true, newest), IDisposable
{
    private ArrayBufferWriter<byte> _held = new();
    private long _reserved;
    private long _goingOn;
    private long _heldSince;

    /// <summary>How long the message that is held may still take to be whole; null when none is.</summary>
    public TimeSpan? TimeLeft => _reserved == 0 ? null : limit - time.GetElapsedTime(_heldSince) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <inheritdoc />
    public override void Written()
    {
        memory.Release(_goingOn);
        _goingOn = 0;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Written();
        memory.Release(_reserved);
        _reserved = 0;
    }

    /// <inheritdoc />
    protected override async ValueTask<CloseCode?> TakeMessageAsync(ReadOnlyMemory<byte> piece, bool isLast, ArrayBufferWriter<byte> output, CancellationToken cancellation)
    {
        if (Messages.Sent.Count == 0)
        {
            WritePart(piece.Span, isLast, output);
            return null;
        }

        if (_held.WrittenCount + (long)piece.Length > Messages.MaxMessageBytes && Checks.On(Check.BodyLimit))
        {
            return CloseCode.MessageTooBig;
        }

        if (!memory.TryReserve(piece.Length))
        {
            return CloseCode.InternalError;
        }

        _heldSince = _reserved == 0 ? time.GetTimestamp() : _heldSince;
        _reserved += piece.Length;
        _held.Write(piece.Span);
        if (!isLast)
        {
            return null;
        }

        var message = _held.WrittenMemory;
        foreach (var each in Messages.Sent)
        {
            var (changed, refusal) = await each.RunAsync(message, IsText, cancellation).ConfigureAwait(false);
            if (refusal is not null)
            {
                return refusal == Reason.BodyTooLarge ? CloseCode.MessageTooBig : CloseCode.PolicyViolation;
            }

            message = changed ?? message;
        }

        WritePart(message.Span, isLast: true, output);
        _held = new ArrayBufferWriter<byte>(); // Most are small, and what a large one took is not kept for as long as the WebSocket.
        (_goingOn, _reserved) = (_goingOn + _reserved, 0);
        return null;
    }
}
