namespace IronProxy.Pipeline;

/// <summary>What the steps of a policy do with the messages of one WebSocket, and what they have done so far.</summary>
/// <param name="maxMessageBytes">How long a message of a client may be, where steps look at it whole.</param>
public sealed class WebSocketMessages(long maxMessageBytes)
{
    private readonly List<ISentMessages> _sent = [];
    private readonly List<IReceivedMessages> _received = [];

    /// <summary>How long a message of a client may be, where steps look at it whole.</summary>
    public long MaxMessageBytes { get; } = maxMessageBytes;

    /// <summary>What is done with messages of the client, in this order.</summary>
    public IReadOnlyList<ISentMessages> Sent => _sent;

    /// <summary>What is done with messages of the upstream, in this order.</summary>
    public IReadOnlyList<IReceivedMessages> Received => _received;

    /// <summary>Says what is done with messages of the client.</summary>
    public void Add(ISentMessages sent) => _sent.Add(sent);

    /// <summary>Says what is done with messages of the upstream.</summary>
    public void Add(IReceivedMessages received) => _received.Add(received);
}
