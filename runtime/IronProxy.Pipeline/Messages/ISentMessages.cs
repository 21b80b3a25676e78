using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What a step does with the messages that a client sends over a WebSocket. Each is held whole.</summary>
public interface ISentMessages
{
    /// <summary>Looks at a message, and may put another in its place.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isText">Whether it is text.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The other message, null for the same; and why the WebSocket ends instead.</returns>
    ValueTask<(byte[]? Changed, Reason? Refusal)> RunAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellation);
}
