using System.Collections.Immutable;
using IronProxy.Pipeline.JsonRpc;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>json_rpc</c>: reads calls to the letter, and lets those of listed methods go on. It compares what is sent from its place in the order, and records and answers in the words
/// of the workload.
/// </summary>
/// <param name="plan">The step.</param>
public sealed class JsonRpcStep(JsonRpcStepPlan plan) : IRequestStep
{
    private const string Post = "POST";

    /// <summary>What is made of JSON takes up to so many times its length.</summary>
    private const int JsonMemory = 16;

    private readonly JsonRpcPolicy _policy = new(plan.Methods);

    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.IsRouteInScope(plan.Rules))
        {
            return StepOutcome.Continue;
        }

        context.Step.Annotate("name", plan.Name);
        if (context.Request.Method != Post && Checks.On(Check.JsonRpcCalls))
        {
            return StepOutcome.Reject(Reason.MalformedJsonRpc, plan.At); // Some servers take calls from URLs, and none of them is read here. It opens no WebSocket either.
        }

        if (!context.KnowsBody)
        {
            context.Observer?.Judged(new JudgedBody(plan.Name, IsKnown: false, []));
            return StepOutcome.Continue;
        }

        return await JudgeAsync(context).ConfigureAwait(false) is { } refusal && Checks.On(Check.JsonRpcCalls) ? StepOutcome.Reject(refusal, plan.At) : StepOutcome.Continue;
    }

    private async ValueTask<Reason?> JudgeAsync(RequestContext context)
    {
        if (!context.Body.Exists || !MessageText.IsUtf8(context.Headers.Find("Content-Type")))
        {
            return Reason.MalformedJsonRpc;
        }

        var (body, refusal) = await context.ReadJudgedBodyAsync().ConfigureAwait(false);
        if (body is null)
        {
            return refusal;
        }

        if (!context.Body.TryReserve((long)body.Length * JsonMemory))
        {
            return Reason.BodyMemory;
        }

        if (_policy.Decide(body) is not { } decision)
        {
            return Reason.MalformedJsonRpc;
        }

        // Where a secret was put in the place of a placeholder, its value must not come back, and not turn up in the record.
        var written = context.Body.AsSent is { } sent ? _policy.Decide(sent)?.Calls ?? [] : decision.Calls;
        written = written.Length == decision.Calls.Length ? written : [];
        var notes = new CallNotes(context.Step);
        notes.Add("methods", Names(written));
        notes.Add("denied", Names([.. written.Where((_, i) => !decision.Calls[i].IsAllowed)]));
        context.Observer?.Judged(new JudgedBody(plan.Name, IsKnown: true, [.. decision.Calls.Select(c => new JudgedCall(c.Method, c.IsAllowed, c.Entries))])
        {
            Answer = decision.IsAllowed ? null : $"error {plan.Error.Code}: {plan.Error.Message}",
        });
        if (decision.IsAllowed)
        {
            return null;
        }

        if (Checks.On(Check.JsonRpcCalls))
        {
            context.Record.DenialBody = JsonRpcErrorAnswer.Create([.. written.Select(c => c.Id).OfType<string>()], decision.IsBatch, plan.Error);
        }

        return Reason.RpcMethodNotAllowed;
    }

    private static string[] Names(ImmutableArray<JsonRpcCall> calls) => [.. calls.Select(c => c.Method).Distinct(StringComparer.Ordinal)];
}
