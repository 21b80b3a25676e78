using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>A transform that sees the messages of WebSockets, where they are inspected.</summary>
public interface IMessageStep : IStep
{
    /// <summary>Whether it lets no WebSocket be whose messages are not read.</summary>
    /// <param name="policy">What decides.</param>
    /// <param name="request">The request that opened it.</param>
    bool NeedsInspection(PlanPolicy policy, CanonicalRequest request);

    /// <summary>Says what it does with the messages of one.</summary>
    /// <param name="policy">What decides.</param>
    /// <param name="request">The request that opened it.</param>
    /// <param name="messages">Where it says so.</param>
    /// <param name="report">Where it says what it has done, while the WebSocket lasts.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SecretUnavailableException">What it needs is missing.</exception>
    ValueTask InspectAsync(PlanPolicy policy, CanonicalRequest request, WebSocketMessages messages, MessageReport report, CancellationToken cancellation);
}
