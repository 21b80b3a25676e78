using System.Runtime.CompilerServices;
using IronProxy.Pipeline.Mcp;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// The steps of a policy, in the order of proxy.yaml: requests pass them forwards, responses backwards. The MCP policy
/// stands behind them, next to the upstream. The runtime runs requests through it, and
/// <c>ironc explain</c> those that it is asked about.
/// </summary>
/// <param name="policy">What decides.</param>
/// <param name="steps">The steps.</param>
/// <param name="time">The clock.</param>
public sealed class StepPipeline(PlanPolicy policy, IReadOnlyList<IStep> steps, TimeProvider time) : IDisposable
{
    private readonly bool _seesResponses = steps.Any(static s => s is IResponseStep);

    /// <summary>What decides.</summary>
    public PlanPolicy Policy { get; } = policy;

    /// <summary>Runs a request through the steps, up to the first that does not let it go on.</summary>
    /// <returns>What was decided. An answer has yet to pass the response steps.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!Policy.HasAllowlist)
        {
            return Refuse(context, Reason.NoAllowlist, null);
        }

        if (FindConflict(context) is { } conflict)
        {
            return Refuse(context, conflict.Denial, conflict.Rule?.At);
        }

        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i] is IRequestStep step && (step.DecidesDestinations || !context.Request.IsDestination) && await RunAsync(step, context).ConfigureAwait(false) is { Continues: false } outcome)
            {
                return outcome;
            }
        }

        return Policy.Mcp is null || context.Request.IsDestination ? StepOutcome.Continue : await McpInterceptor.RunAsync(context).ConfigureAwait(false);
    }

    /// <summary>Runs a response through the steps, backwards from the last that its request has passed.</summary>
    /// <param name="response">The response.</param>
    /// <returns>Why it is not sent; null when it is, be it in the words of a step that has rejected it (<see cref="ResponseContext.Rejection"/>).</returns>
    public async ValueTask<Reason?> RunAsync(ResponseContext response)
    {
        if (response.Request.Mcp is { } verdict && await McpInterceptor.RunAsync(response, verdict).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        if (!_seesResponses)
        {
            return null;
        }

        // The answer of a step, and with it all that is not the upstream's, has not been seen by those behind it.
        var request = response.Request;
        var passed = Passed(request.Record);
        var answered = request.Record.IsAnswered ? passed : steps.Count;
        for (var i = passed - 1; i >= 0; i--)
        {
            if (steps[i] is IResponseStep step && step.Concerns(request))
            {
                var outcome = await RunAsync(step, response).ConfigureAwait(false);
                if (outcome is { Rejection: { } rejection, Answer: null })
                {
                    return rejection;
                }

                response.Rejection = outcome.Rejection ?? response.Rejection;
                answered = outcome.Answer is null ? answered : i;
            }
        }

        for (var i = steps.Count - 1; i >= answered; i--)
        {
            if (steps[i] is IResponseStep { SeesEveryAnswer: true } step && step.Concerns(request) && (await RunAsync(step, response).ConfigureAwait(false)).Rejection is { } rejection)
            {
                return rejection;
            }
        }

        return null;
    }

    /// <summary>Whether a step lets no WebSocket be whose messages are not read.</summary>
    /// <param name="request">The request that opened it.</param>
    public bool NeedsInspection(CanonicalRequest request) => steps.OfType<IMessageStep>().Any(s => s.NeedsInspection(Policy, request));

    /// <summary>Asks the steps what they do with the messages of a WebSocket.</summary>
    /// <param name="request">The request that opened it.</param>
    /// <param name="report">Where they say what they have done, while the WebSocket lasts.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What they do; null when messages are not inspected.</returns>
    /// <exception cref="SecretUnavailableException">What a step needs is missing.</exception>
    public async ValueTask<WebSocketMessages?> InspectAsync(CanonicalRequest request, MessageReport report, CancellationToken cancellation)
    {
        if (Policy.Plan.WebSocket is not { Inspect: true })
        {
            return null;
        }

        var messages = new WebSocketMessages(Policy.Plan.BodyLimits.MaxRequestBytes);
        foreach (var step in steps.OfType<IMessageStep>())
        {
            await step.InspectAsync(Policy, request, messages, report, cancellation).ConfigureAwait(false);
        }

        return messages;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var step in steps)
        {
            (step as IDisposable)?.Dispose();
        }
    }

    /// <summary>Another reading of the request that policy would answer differently. Overrides are looked for in what will be sent: a header that ends here overrides nothing.</summary>
    public static ReadingConflict? FindConflict(RequestContext context)
    {
        var overrides = default(RequestOverrides);
        foreach (var (name, value) in context.Headers)
        {
            overrides.Add(name, value);
        }

        return context.Policy.FindConflict(context.Host, context.Request, overrides);
    }

    private static StepOutcome Refuse(RequestContext context, Reason reason, SourcePosition? rule)
    {
        context.Record.RejectedBy = DecisionRecord.Proxy;
        context.Record.Rule = rule;
        return StepOutcome.Reject(reason, rule);
    }

    /// <summary>How many steps let the request go on. The one that answered it did not.</summary>
    private int Passed(DecisionRecord record)
    {
        var ran = record.Steps.Count - (record.Steps is [.., { Outcome.Continues: false }] ? 1 : 0);
        var passed = 0;
        for (; passed < steps.Count && (ran > 0 || steps[passed] is not IRequestStep); passed++)
        {
            ran -= steps[passed] is IRequestStep ? 1 : 0;
        }

        return passed;
    }

    private async ValueTask<StepOutcome> RunAsync(IRequestStep step, RequestContext context)
    {
        var record = context.Step = context.Record.AddStep(step.Name);
        var started = time.GetTimestamp();
        var outcome = await step.RunAsync(context).ConfigureAwait(false);
        record.DurationMs = time.GetElapsedTime(started).TotalMilliseconds;
        record.Outcome = outcome;
        context.Record.Rule = outcome.Continues ? context.Record.Rule ?? outcome.Rule : outcome.Rule;
        if (outcome.Rejection is not null)
        {
            context.Record.RejectedBy = step.Name;
        }

        return outcome;
    }

    private async ValueTask<StepOutcome> RunAsync(IResponseStep step, ResponseContext response)
    {
        var record = response.Step = response.Request.Record.AddResponseStep(step.Name);
        var started = time.GetTimestamp();
        var outcome = await step.RunAsync(response).ConfigureAwait(false);
        record.DurationMs = time.GetElapsedTime(started).TotalMilliseconds;
        record.Outcome = outcome;
        if (outcome.Answer is { } answer)
        {
            response.Replace(answer);
        }

        if (outcome.Rejection is not null)
        {
            response.Request.Record.RejectedBy = step.Name;
            response.Request.Record.Rule = outcome.Rule;
        }

        return outcome;
    }
}
