using System.Runtime.CompilerServices;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// The steps of a policy, in the order of proxy.yaml: requests pass them forwards, responses backwards. The runtime runs requests through it, and
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

        return StepOutcome.Continue;
    }

    /// <summary>Runs a response through the steps, backwards from the last that its request has passed.</summary>
    /// <param name="response">The response.</param>
    /// <returns>Why it is not sent; null when it is.</returns>
    public async ValueTask<Reason?> RunAsync(ResponseContext response)
    {
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
                if (outcome.Rejection is { } rejection)
                {
                    return rejection;
                }

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
