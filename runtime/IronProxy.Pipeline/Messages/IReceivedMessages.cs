using System.Buffers;

namespace IronProxy.Pipeline;

/// <summary>What a step does with the messages that an upstream sends over a WebSocket, while they come.</summary>
public interface IReceivedMessages
{
    /// <summary>A message begins.</summary>
    /// <param name="isText">Whether it is text.</param>
    void Begin(bool isText);

    /// <summary>Takes the next piece of the message.</summary>
    /// <param name="piece">The piece, which may be empty.</param>
    /// <param name="isLast">Whether the message ends with it.</param>
    /// <param name="output">What can go on is added here.</param>
    /// <exception cref="BrokenResponseException">Why the message cannot go on.</exception>
    void Take(ReadOnlySpan<byte> piece, bool isLast, ArrayBufferWriter<byte> output);

    /// <summary>Changes a text beside the messages, such as the reason of a close, without changing its length.</summary>
    void Replace(Span<byte> text);
}
