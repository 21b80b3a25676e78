using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using IronProxy.Pipeline;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.WebSockets;

/// <summary>
/// One direction of a WebSocket whose messages are inspected: reads frames, and writes others with what the steps have made of the messages. It is bytes only, and where
/// what comes is cut makes no difference to what the other side reads.
/// </summary>
/// <param name="fromClient">Whether it is the client's direction: those frames are masked (RFC 6455, 5.1).</param>
/// <param name="newest">What the steps do with messages.</param>
internal abstract class FrameRelay(bool fromClient, WebSocketMessages newest)
{
    private readonly byte[] _header = new byte[FrameHeader.MaxSize];
    private readonly byte[] _control = new byte[FrameHeader.MaxControlLength];
    private FrameHeader _frame;
    private int _headerLength;
    private long _left;
    private bool _isInFrame;
    private FrameKind? _message;
    private bool _hasBegun;
    private bool _hasClosed;
    private volatile WebSocketMessages _newest = newest;

    /// <summary>What the steps do with messages from the next one on. Another policy may take over at any time.</summary>
    public WebSocketMessages Newest
    {
        get => _newest;
        set => _newest = value;
    }

    /// <summary>What the steps do with the message under way.</summary>
    protected WebSocketMessages Messages { get; private set; } = newest;

    /// <summary>Whether the message under way is text.</summary>
    protected bool IsText => _message == FrameKind.Text;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">The bytes. They are changed.</param>
    /// <param name="output">What goes on to the other side is added here: whole frames.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Why the WebSocket must end; null to go on. What was added goes on in any case.</returns>
    public async ValueTask<CloseCode?> TakeAsync(Memory<byte> bytes, ArrayBufferWriter<byte> output, CancellationToken cancellation)
    {
        while (true)
        {
            if (!_isInFrame)
            {
                var (status, used) = ReadHeader(bytes.Span);
                if (status != ParseStatus.Done)
                {
                    return status == ParseStatus.Invalid ? CloseCode.ProtocolError : null;
                }

                bytes = bytes[used..];
                if (!TryBegin())
                {
                    return CloseCode.ProtocolError;
                }
            }

            var piece = bytes[..(int)Math.Min(_left, bytes.Length)];
            if (piece.IsEmpty && _left > 0)
            {
                return null;
            }

            bytes = bytes[piece.Length..];
            if (_frame.Mask is { } mask)
            {
                FrameHeader.ApplyMask(piece.Span, mask, _frame.Length - _left);
            }

            _left -= piece.Length;
            _isInFrame = _left > 0;
            if (_frame.IsControl)
            {
                if (!TryTakeControl(piece.Span, output))
                {
                    return CloseCode.ProtocolError;
                }
            }
            else if (await TakeDataAsync(piece, isLast: _frame.IsFinal && _left == 0, output, cancellation).ConfigureAwait(false) is { } refusal)
            {
                return refusal;
            }
        }
    }

    /// <summary>Writes a frame that says why the WebSocket ends.</summary>
    public void WriteClose(CloseCode code, ArrayBufferWriter<byte> output)
    {
        Span<byte> payload = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Write(FrameKind.Close, isFinal: true, payload, output);
    }

    /// <summary>What was added to the output has been written.</summary>
    public virtual void Written()
    {
    }

    /// <summary>A message begins.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Takes a piece of the message under way.</summary>
    /// <param name="piece">The piece, which may be empty.</param>
    /// <param name="isLast">Whether the message ends with it.</param>
    /// <param name="output">Where frames are added.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Why the WebSocket must end; null to go on.</returns>
    protected abstract ValueTask<CloseCode?> TakeMessageAsync(ReadOnlyMemory<byte> piece, bool isLast, ArrayBufferWriter<byte> output, CancellationToken cancellation);

    /// <summary>Changes a text beside the messages, of the same length.</summary>
    protected virtual void Replace(Span<byte> text)
    {
    }

    /// <summary>Writes a frame of the message under way.</summary>
    protected void WritePart(ReadOnlySpan<byte> payload, bool isLast, ArrayBufferWriter<byte> output)
    {
        if (payload.IsEmpty && !isLast)
        {
            return;
        }

        // A message is under way.
        Write(_hasBegun ? FrameKind.Continuation : _message!.Value, isLast, payload, output);
        _hasBegun = !isLast;
    }

    private (ParseStatus Status, int Used) ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, FrameHeader.MaxSize - _headerLength);
        bytes[..taken].CopyTo(_header.AsSpan(_headerLength));
        var status = FrameHeader.TryParse(_header.AsSpan(0, _headerLength + taken), fromClient, out _frame, out var size);
        var used = status == ParseStatus.Done ? size - _headerLength : taken;
        _headerLength = status == ParseStatus.Done ? 0 : _headerLength + taken;
        return (status, used);
    }

    /// <returns>False when such a frame may not come here (RFC 6455, 5.4).</returns>
    private bool TryBegin()
    {
        _left = _frame.Length;
        _isInFrame = true;
        if (_frame.IsControl || _hasClosed)
        {
            return !_hasClosed; // RFC 6455, 5.5.1: a close is the last frame.
        }

        if (_frame.Kind == FrameKind.Continuation)
        {
            return _message is not null;
        }

        if (_message is not null)
        {
            return false;
        }

        _message = _frame.Kind;
        Messages = _newest;
        Begin();
        return true;
    }

    private async ValueTask<CloseCode?> TakeDataAsync(ReadOnlyMemory<byte> piece, bool isLast, ArrayBufferWriter<byte> output, CancellationToken cancellation)
    {
        var refusal = await TakeMessageAsync(piece, isLast, output, cancellation).ConfigureAwait(false);
        if (isLast)
        {
            _message = null;
        }

        return refusal;
    }

    /// <returns>False when it is a close without a code that may be sent.</returns>
    private bool TryTakeControl(ReadOnlySpan<byte> piece, ArrayBufferWriter<byte> output)
    {
        var length = (int)_frame.Length;
        piece.CopyTo(_control.AsSpan(length - (int)_left - piece.Length));
        if (_left > 0)
        {
            return true;
        }

        var text = _control.AsSpan(0, length);
        _hasClosed = _frame.Kind == FrameKind.Close;
        if (_hasClosed && length > 0)
        {
            if (length < sizeof(ushort) || !MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(text)))
            {
                return false;
            }

            Replace(text[sizeof(ushort)..]);
        }
        else
        {
            Replace(text);
        }

        Write(_frame.Kind, isFinal: true, text, output);
        return true;
    }

    /// <summary>RFC 6455, 7.4: what is none of these is no code, and could be anything.</summary>
    private static bool MayBeSent(ushort code) => code is >= 1000 and <= 4999 and not (1004 or 1005 or 1006 or 1015);

    private void Write(FrameKind kind, bool isFinal, ReadOnlySpan<byte> payload, ArrayBufferWriter<byte> output)
    {
        // RFC 6455, 5.3: a new key for each frame, which whoever chose the payload cannot foresee.
        uint? mask = fromClient ? BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(sizeof(uint))) : null;
        var space = output.GetSpan(FrameHeader.MaxSize + payload.Length);
        var size = new FrameHeader(isFinal, kind, payload.Length, mask).Write(space);
        payload.CopyTo(space[size..]);
        if (mask is { } key)
        {
            FrameHeader.ApplyMask(space.Slice(size, payload.Length), key, 0);
        }

        output.Advance(size + payload.Length);
    }
}
