using System.Collections.Immutable;
using IronProxy.Pipeline.JsonRpc;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>graphql</c>: resolves what operations select, and lets those go on that select listed fields alone. It judges what is sent from its place in the order, and records what the
/// workload wrote.
/// </summary>
/// <param name="plan">The step.</param>
public sealed class GraphqlStep(GraphqlStepPlan plan) : IRequestStep
{
    private const string Get = "GET";
    private const string Post = "POST";
    private const string Json = "application/json";
    private const string Document = "application/graphql";

    /// <summary>What is made of JSON, and of a document, takes up to so many times its length.</summary>
    private const int JsonMemory = 16;
    private const int DocumentMemory = 100;

    private readonly GraphqlPolicy _policy = new(plan);

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
        return await JudgeAsync(context).ConfigureAwait(false) is { } refusal && Checks.On(Check.GraphqlOperations) ? StepOutcome.Reject(refusal, plan.At) : StepOutcome.Continue;
    }

    private async ValueTask<Reason?> JudgeAsync(RequestContext context)
    {
        switch (context.Request.Method)
        {
            case Get when context.OpensWebSocket || (context.KnowsBody && context.Body.Exists):
                return Reason.MalformedGraphql; // Nobody would read what is said in a WebSocket.
            case Get:
                var received = context.Request.Target.Query;
                return Conclude(context, Url(context.Query), received == context.Query ? null : () => Url(received));
            case Post when GraphqlRequest.IsFreeOfParameters(context.Query):
                return await JudgeBodyAsync(context).ConfigureAwait(false);
            default:
                return Reason.MalformedGraphql; // There are servers that prefer what the URL says.
        }
    }

    private async ValueTask<Reason?> JudgeBodyAsync(RequestContext context)
    {
        var contentType = context.Headers.Find("Content-Type");
        if (!context.KnowsBody)
        {
            context.Observer?.Judged(new JudgedBody(plan.Name, IsKnown: false, []));
            return null;
        }

        if (!context.Body.Exists || MessageText.MediaTypeOf(contentType) is not (Json or Document) || !MessageText.IsUtf8(contentType))
        {
            return Reason.MalformedGraphql;
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

        var isDocument = MessageText.MediaTypeOf(contentType) == Document;
        return Conclude(context, Read(body, isDocument), context.Body.AsSent is { } sent ? () => Read(sent, isDocument) : null);
    }

    private static AskedOperations Url(string query) => new(GraphqlRequest.ReadUrl(query) is { } request ? [request] : null, IsBatch: false, QueriesOnly: true);

    private static AskedOperations Read(byte[] body, bool isDocument)
    {
        if (isDocument)
        {
            return new AskedOperations(GraphqlRequest.ReadText(body) is { } request ? [request] : null, IsBatch: false, QueriesOnly: false);
        }

        try
        {
            return new AskedOperations(GraphqlRequest.ReadJson(body, out var isBatch), isBatch, QueriesOnly: false);
        }
        catch (InvalidOperationException)
        {
            // Thrown for strings that are no text, such as half of a surrogate pair.
            return new AskedOperations(null, IsBatch: false, QueriesOnly: false);
        }
    }

    private GraphqlDecision Decide(AskedOperations asked)
    {
        try
        {
            return _policy.Decide(asked.Requests, asked.IsBatch, asked.QueriesOnly);
        }
        catch (InvalidOperationException)
        {
            return new GraphqlDecision(Reason.MalformedGraphql, [], 0, asked.IsBatch); // As above, in a variable.
        }
    }

    /// <param name="context">The request.</param>
    /// <param name="sent">What it asks for as it is sent.</param>
    /// <param name="asWritten">What it asks for as the workload wrote it, before secrets were put in the places of placeholders; null when that is the same.</param>
    private Reason? Conclude(RequestContext context, AskedOperations sent, Func<AskedOperations>? asWritten)
    {
        if (!context.Body.TryReserve((sent.Requests ?? []).Sum(r => (long)Math.Min(r.Document?.Length ?? 0, GraphqlDocument.MaxLength)) * DocumentMemory))
        {
            return Reason.BodyMemory;
        }

        var decision = Decide(sent);
        var written = asWritten is null ? decision.Calls : Decide(asWritten()).Calls;
        written = written.Length == decision.Calls.Length ? written : [];
        var notes = new CallNotes(context.Step);
        notes.Add("fields", [.. written.Select(c => c.Name).Distinct(StringComparer.Ordinal)]);
        notes.Add("denied", [.. written.Where((_, i) => !decision.Calls[i].IsAllowed).Select(c => c.Denied).Distinct(StringComparer.Ordinal)]);
        if (decision.Refusal == Reason.MalformedGraphql)
        {
            return decision.Refusal;
        }

        context.Observer?.Judged(new JudgedBody(plan.Name, IsKnown: true, [.. decision.Calls.Select(c => new JudgedCall(c.Name, c.IsAllowed, c.Entries))])
        {
            Answer = decision.Refusal is null ? null : $"the error: {GraphqlErrorAnswer.Words(decision, plan.Message).Message}",
        });
        if (decision.Refusal is not null && Checks.On(Check.GraphqlOperations))
        {
            context.Record.DenialBody = GraphqlErrorAnswer.Create(decision, plan.Message);
        }

        return decision.Refusal;
    }

    /// <summary>What a request asks for.</summary>
    /// <param name="Requests">Null when it is malformed.</param>
    /// <param name="IsBatch">Whether that came in a list.</param>
    /// <param name="QueriesOnly">Whether it may have no effect, because it is a GET.</param>
    private sealed record AskedOperations(ImmutableArray<GraphqlRequest>? Requests, bool IsBatch, bool QueriesOnly);
}
