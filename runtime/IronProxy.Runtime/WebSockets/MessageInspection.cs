using IronProxy.Pipeline;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.WebSockets;

/// <summary>Reads the messages of one WebSocket, in both directions.</summary>
/// <param name="messages">What the steps do with them.</param>
/// <param name="report">What they have done so far.</param>
/// <param name="limits">The memory that whole messages may take, and how long one may take to be whole.</param>
/// <param name="time">The clock.</param>
internal sealed class MessageInspection(WebSocketMessages messages, MessageReport report, RequestLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>What the client sends.</summary>
    public SentFrames Sent { get; } = new(messages, limits.Bodies, limits.IdleTimeout, time);

    /// <summary>What the upstream sends.</summary>
    public FrameRelay Received { get; } = new ReceivedFrames(messages);

    /// <summary>What the steps have done so far.</summary>
    public MessageReport Report => report;

    /// <summary>Why it was ended here; null when it was not.</summary>
    public CloseCode? Refusal { get; private set; }

    /// <summary>Says why it is ended here.</summary>
    public void Refuse(CloseCode code) => Refusal ??= code;

    /// <summary>Another policy has taken over: its steps read the messages that begin from now on.</summary>
    public void Replace(WebSocketMessages newest) => Sent.Newest = Received.Newest = newest;

    /// <inheritdoc />
    public void Dispose() => Sent.Dispose();
}
