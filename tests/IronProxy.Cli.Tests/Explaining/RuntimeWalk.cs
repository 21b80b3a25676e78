using IronProxy.Plan;
using IronProxy.Runtime;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Pipeline;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Transforms;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Cli.Tests.Explaining;

/// <summary>The steps that <c>iron-proxy</c> runs, without its sockets.</summary>
internal sealed class RuntimeWalk(PlanPolicy policy)
{
    private readonly IRequestStep[] _steps = RequestSteps.Create(policy, new SecretReader(new HostAccess(_ => "the-real-value", _ => "", OpenFiles: 1024)));

    /// <summary>Whether the runtime has all that a plan asks for.</summary>
    public static bool Runs(ProxyPlan plan) => plan.Tls.Mode == TlsMode.Mitm && plan.Steps.All(s => s is AllowlistStepPlan or SecretsStepPlan);

    /// <summary>Verdict, reason and line, as the audit record would have them.</summary>
    public async Task<(bool Allowed, string? Reason, int Line)> DecideAsync(NaiveRequest asked)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Url, out var request));
        var host = policy.Matcher.FindHost(request.Host);
        if (asked.Method == "CONNECT")
        {
            var decision = policy.DecideDestination(host, CanonicalRequest.Destination(request.Host, request.Port), out var decider);
            return (decision.Allowed, decision.Denial?.Code, (decision.Rule?.At ?? decider?.At)?.Line ?? 0);
        }

        var http = new DefaultHttpContext();
        var audit = new AuditRecord(0);
        var context = new RequestContext(http, request, host, new RequestBody(http.Request, hasBody: false, new RequestLimits(ProxyLimits.Create(null, 1024), new ProxyMetrics(), TimeProvider.System)), audit);
        if (asked.Key is { } key)
        {
            http.Request.Headers["X-Key"] = key;
            context.Headers.Add("X-Key", key);
        }

        if (policy.FindConflict(host, request, default) is { } conflict)
        {
            return (false, conflict.Denial.Code, conflict.Rule?.At.Line ?? 0);
        }

        SourcePosition? rule = null;
        for (var i = 0; i < _steps.Length; i++)
        {
            context.Step = audit.AddStep(_steps[i].Name);
            var outcome = await _steps[i].RunAsync(context);
            if (outcome.Rejection is { } rejection)
            {
                // An allowlist that refuses has no rule: its own line stands for it.
                return (false, rejection.Code, (outcome.Rule ?? policy.Plan.Steps[i].At).Line);
            }

            rule ??= outcome.Rule;
        }

        return (true, null, rule?.Line ?? 0);
    }
}
