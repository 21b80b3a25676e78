using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>grpc</c>: shows requests and responses to a server of the operator, which lets them go on, changes them or rejects them. It sees what is there at the transform's
/// place: real values, when it stands behind what puts them in. Beside a response it is shown the request as that place left it. Without an answer nothing goes on.
/// </summary>
public sealed class GrpcStep : IRequestStep, IResponseStep, IDisposable
{
    private readonly GrpcStepPlan _plan;
    private readonly ShownHeaders _headers;
    private readonly ITransformServer? _server;

    /// <summary>Prepares the step.</summary>
    public GrpcStep(GrpcStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _headers = new ShownHeaders(plan.AllowedHeaders is { } allowed ? new HeaderMatcher(allowed) : null);
        _server = services.TransformServer(new TransformServerAddress(plan.Name, plan.Host, plan.Port, plan.At)
        {
            Tls = plan.Tls,
            Timeout = TimeSpan.FromMilliseconds(plan.TimeoutMs),
        });
    }

    /// <inheritdoc />
    public string Name => _plan.Type;

    /// <inheritdoc />
    public bool Concerns(RequestContext request) => request.Policy.Matcher.Matches(_plan.Rules, request.Host, request.Request, out _);

    /// <inheritdoc />
    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.IsInScope(_plan.Rules))
        {
            return StepOutcome.Continue;
        }

        if (_plan.SendRequestBody && (await context.ReadBodyAsync().ConfigureAwait(false)).Refusal is { } tooLarge)
        {
            return StepOutcome.Reject(tooLarge, _plan.At);
        }

        context.Observer?.Asks(Describe());
        if (_server is null)
        {
            return StepOutcome.Continue; // Nobody is asked where requests are only explained.
        }

        var seesSecrets = context.Record.SecretsUsed > 0;
        var shown = AnsweredRequest.Show(context, _headers, _plan.SendRequestBody);
        var notes = new GrpcNotes(context.Step, _plan.Name);
        var (answer, refusal) = await AskAsync(new TransformQuestion(context.Origin, shown, null), notes, context.Aborted).ConfigureAwait(false);
        if (answer is null)
        {
            return StepOutcome.Reject(refusal!, _plan.At); // The one is null when the other is not.
        }

        notes.Add(answer.Annotations, seesSecrets);
        if (answer.Rejects)
        {
            return Reject(answer.Response, context, notes);
        }

        if (answer.Request is { } asked)
        {
            var (problem, cannot) = await AnsweredRequest.ApplyAsync(context, shown, asked, _headers, notes.Changed).ConfigureAwait(false);
            if (problem is not null)
            {
                notes.Fail(problem);
                return StepOutcome.Reject(Reason.TransformInvalid, _plan.At);
            }

            if (cannot is not null)
            {
                return StepOutcome.Reject(cannot, _plan.At);
            }

            notes.AddChanges();
        }

        // Steps behind this one put in what the server is not to see.
        context.Keep(this, new Seen(notes.Changed.Count == 0 ? shown : AnsweredRequest.Show(context, _headers, _plan.SendRequestBody), seesSecrets));
        return StepOutcome.Continue;
    }

    /// <inheritdoc />
    public async ValueTask<StepOutcome> RunAsync(ResponseContext response)
    {
        var context = response.Request;
        if (_server is null || context.Kept(this) is not Seen seen)
        {
            return StepOutcome.Continue;
        }

        var limit = context.Policy.Plan.BodyLimits.MaxHeldResponseBytes;
        ReadOnlyMemory<byte>? body = null;
        if (_plan.SendResponseBody && AnsweredResponse.HasBody(response))
        {
            var (bytes, unreadable) = await AnsweredResponse.HoldAsync(response, limit).ConfigureAwait(false);
            if (unreadable is not null)
            {
                return StepOutcome.Reject(unreadable, _plan.At);
            }

            body = bytes;
        }

        var shown = new ShownResponse(response.Status, _headers.Of(response.Headers), body);
        var notes = new GrpcNotes(response.Step, _plan.Name);
        var (answer, refusal) = await AskAsync(new TransformQuestion(context.Origin, seen.Request, shown), notes, context.Aborted).ConfigureAwait(false);
        if (answer is null)
        {
            return StepOutcome.Reject(refusal!, _plan.At); // The one is null when the other is not.
        }

        notes.Add(answer.Annotations, seen.Secrets);
        if (answer.Rejects)
        {
            return Reject(answer.Response, context, notes);
        }

        if (answer.Response is { } asked)
        {
            if (AnsweredResponse.Apply(response, shown, asked, _headers, limit, notes.Changed) is { } problem)
            {
                notes.Fail(problem);
                return StepOutcome.Reject(Reason.TransformInvalid, _plan.At);
            }

            notes.AddChanges();
        }

        return StepOutcome.Continue;
    }

    /// <inheritdoc />
    public void Dispose() => _server?.Dispose();

    private StepOutcome Reject(ShownResponse? answer, RequestContext context, GrpcNotes notes)
    {
        if (answer is null)
        {
            return StepOutcome.Reject(Reason.TransformRejected, _plan.At);
        }

        if (AnsweredResponse.TryMake(answer, context.Policy.Plan.BodyLimits.MaxHeldResponseBytes, out var words) is { } problem)
        {
            notes.Fail(problem);
            return StepOutcome.Reject(Reason.TransformInvalid, _plan.At);
        }

        return StepOutcome.Reject(Reason.TransformRejected, _plan.At, words);
    }

    private async ValueTask<(TransformAnswer? Answer, Reason? Refusal)> AskAsync(TransformQuestion question, GrpcNotes notes, CancellationToken aborted)
    {
        try
        {
            return (await _server!.AskAsync(question, aborted).ConfigureAwait(false), null); // Both who call have looked.
        }
        catch (TransformServerException e)
        {
            notes.Fail(e.Message);
            return (null, e.Reason);
        }
    }

    private AskedService Describe() => new(
        _plan.Name,
        $"{(_plan.Host.Contains(':', StringComparison.Ordinal) ? $"[{_plan.Host}]" : _plan.Host)}:{_plan.Port}, {(_plan.Tls is null ? "without TLS" : "over TLS")}",
        ["method", "url", _plan.AllowedHeaders is null ? "headers" : "some headers", .. _plan.SendRequestBody ? ["body"] : (string[])[]],
        "deny",
        place => place == "body" ? _plan.SendRequestBody : !place.StartsWith("header:", StringComparison.Ordinal) || _headers.Shows(place["header:".Length..]));

    /// <summary>What the server has seen of a request.</summary>
    /// <param name="Request">The request, as it went on.</param>
    /// <param name="Secrets">Whether real values may have been in it.</param>
    private sealed record Seen(ShownRequest Request, bool Secrets);
}
