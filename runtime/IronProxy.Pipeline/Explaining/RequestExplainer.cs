using System.Collections.Immutable;
using System.Diagnostics;
using IronProxy.Pipeline.Mcp;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>
/// Takes a request through the pipeline that <c>iron-proxy</c> runs, and writes down what happens. Nobody is asked over a network: steps say whom they would ask.
/// </summary>
internal sealed class RequestExplainer(PlanPolicy policy)
{
    private readonly Func<RequestScope, ExplainedStep>[] _steps = [.. policy.Plan.Steps.Select(Prepare)];

    public Explanation Explain(AskedRequest asked, IReadOnlyList<AskedHeader> headers, AskedBody? body)
    {
        var plan = PlanIdentity.Of(policy.Plan);
        if (Read(asked, headers, out var request) is { } refusal)
        {
            return new Explanation { Plan = plan, Verdict = Verdict.Deny(refusal) };
        }

        request = request with { Client = asked.Client };
        var summary = new RequestSummary(asked.Method, request.Scheme, request.Host.Text, request.Port, request.Target.Path) { BodyBytes = body?.Bytes.Length, Client = asked.Client };
        if (asked.Client is null && !policy.ServesStrangers)
        {
            return new Explanation { Plan = plan, Request = summary, Verdict = Verdict.Deny(Reason.ClientRequired) };
        }

        var visible = policy.Visible(request);
        var scope = new RequestScope(policy, visible);
        var head = new AskedHeaders(headers);
        var context = new ExplainedRequest(policy, visible, head, new AskedRequestBody(body, head.IsChunked));
        var conflict = StepPipeline.FindConflict(context);
        ExplainedStep[] steps = [.. _steps.Select(create => create(scope))];
        var outcome = Run(new StepPipeline(policy, steps, TimeProvider.System).RunAsync(context));
        var mcp = Mcp(context, scope, outcome);
        return new Explanation
        {
            Plan = plan,
            Request = summary with { Visible = visible.IsDestination ? "destination" : "request" },
            HostClass = scope.HostClass,
            Dns = Explanation.DnsOf(policy, request.Host),
            Steps = [.. steps.Select(s => s.Explanation)],
            Mcp = mcp,
            Verdict = Conclude(context, outcome, conflict, steps, mcp),
        };
    }

    /// <summary>Nothing in here waits for anything: what is asked about is in memory.</summary>
    private static T Run<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static Func<RequestScope, ExplainedStep> Prepare(StepPlan plan) =>
        StepRegistry.Create(plan, HiddenServices.Instance) is IRequestStep step
            ? scope => new ExplainedStep(plan, step, scope)
            : throw new UnreachableException($"The step {plan.Type} has no explanation.");

    /// <summary>What the MCP policy says, behind all steps. Null when the plan has none.</summary>
    private McpExplanation? Mcp(ExplainedRequest context, RequestScope scope, StepOutcome outcome) =>
        policy.Plan.Mcp is not { } mcp ? null
        : !outcome.Continues && context.Mcp is null ? new McpExplanation { Outcome = StepAnswer.NotReached }
        : scope.Request.IsDestination ? new McpExplanation { Outcome = StepAnswer.Hidden }
        : new McpExplainer(mcp, scope, context).Explain();

    private static Verdict Conclude(ExplainedRequest context, StepOutcome outcome, ReadingConflict? conflict, ExplainedStep[] steps, McpExplanation? mcp)
    {
        if (outcome.Rejection is { } reason && context.Mcp is null)
        {
            if (context.Record.RejectedBy == DecisionRecord.Proxy)
            {
                return conflict is not null && reason != Reason.NoAllowlist ? Verdict.Ambiguous(conflict) : Verdict.Deny(reason);
            }

            return Verdict.Deny(reason, context.Record.RejectedBy, outcome.Rule) with { Nearest = steps[context.Record.Steps.Count - 1].Explanation.Nearest };
        }

        if (outcome is { Answer: not null, Rule: { } answeredBy })
        {
            return Verdict.Answered(context.Record.Steps[^1].Name, answeredBy);
        }

        if (mcp is { Outcome: StepAnswer.Reject })
        {
            return Verdict.Deny(Reason.Find(mcp.Reason!)!, McpInterceptor.Name, mcp.At); // A rejection has the code of a reason.
        }

        // It is asked behind the steps, as the last thing before the upstream.
        if (RequestHead.CheckExpectation(context.Received.Find("Expect")) is { } unsupported)
        {
            return Verdict.Deny(unsupported);
        }

        var asked = steps.Select(s => s.Dependency).OfType<Dependency>().ToList();
        if (mcp is { Outcome: StepAnswer.Undecided })
        {
            asked.Add(new Dependency(McpInterceptor.Name, mcp.Server!, mcp.At!.Value)); // It is a server's to decide.
        }

        return Verdict.Allow(context.Record.Rule) with { DependsOn = asked.Count > 0 ? asked.ToImmutableArray() : null };
    }

    private static Reason? Read(AskedRequest asked, IReadOnlyList<AskedHeader> headers, out CanonicalRequest request)
    {
        if ((CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Target, out request) ?? RequestMethod.Unserved(asked.Method)) is { } reason)
        {
            return reason;
        }

        if (ReadHead(headers) is { } refusal)
        {
            return refusal;
        }

        foreach (var header in headers)
        {
            if (header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase) && HostDisagrees(header.Value, request) is { } disagreement)
            {
                return disagreement;
            }
        }

        return null;
    }

    /// <summary>What the door refuses of the head, whatever the request is about.</summary>
    private static Reason? ReadHead(IReadOnlyList<AskedHeader> headers)
    {
        string[] codings = [.. ValuesOf("Transfer-Encoding")];
        var hosts = ValuesOf("Host").Count();
        return hosts > 1 ? Reason.MalformedRequest
            : headers.Count + (1 - hosts) > RequestHead.MaxLines ? Reason.HeadTooLarge
            : (codings.Length > 0 ? RequestHead.CheckCodings(codings, ValuesOf("Content-Length").Any(), isHttp11: true) : null)
                ?? headers.Select(h => RequestHead.CheckSyntax(h.Name, h.Value)).FirstOrDefault(r => r is not null)
                ?? headers.Select(h => RequestHead.CheckLength(h.Name, HeaderName.ToWire(h.Value))).FirstOrDefault(r => r is not null);

        IEnumerable<string> ValuesOf(string name) => headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);
    }

    private static Reason? HostDisagrees(string value, CanonicalRequest request)
    {
        if (CanonicalAuthority.TryParse(value, out var authority) is { } reason)
        {
            return reason;
        }

        var port = authority.Port ?? CanonicalRequest.DefaultPort(request.Scheme!);
        return authority.Host == request.Host && port == request.Port ? null : Reason.AuthorityMismatch;
    }
}
