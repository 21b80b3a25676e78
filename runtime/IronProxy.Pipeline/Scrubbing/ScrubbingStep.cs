using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>A transform of requests that takes what it has put into them out of responses, where its entries say so.</summary>
public abstract class ScrubbingStep : IRequestStep, IResponseStep, IMessageStep
{
    /// <inheritdoc />
    public abstract string Name { get; }

    /// <inheritdoc />
    public virtual bool SeesEveryAnswer => true;

    /// <summary>The entries whose values are taken out.</summary>
    private protected abstract ScrubbedEntries Scrubbed { get; }

    /// <inheritdoc />
    public abstract ValueTask<StepOutcome> RunAsync(RequestContext context);

    /// <inheritdoc />
    public bool Concerns(RequestContext request) => Scrubbed.Concern(request);

    /// <inheritdoc />
    public virtual ValueTask<StepOutcome> RunAsync(ResponseContext response) => Scrubbed.ScrubAsync(response);

    /// <inheritdoc />
    public bool NeedsInspection(PlanPolicy policy, CanonicalRequest request) => Scrubbed.NeedInspection(policy, request);

    /// <inheritdoc />
    public virtual ValueTask InspectAsync(PlanPolicy policy, CanonicalRequest request, WebSocketMessages messages, MessageReport report, CancellationToken cancellation) =>
        Scrubbed.InspectAsync(policy, request, messages, report, cancellation);
}
