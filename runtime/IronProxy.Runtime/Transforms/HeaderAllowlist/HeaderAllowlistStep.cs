using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Pipeline;

namespace IronProxy.Runtime.Transforms.HeaderAllowlist;

/// <summary>Runs <c>header_allowlist</c>.</summary>
internal sealed class HeaderAllowlistStep(HeaderAllowlistStepPlan plan, PlanPolicy policy) : IRequestStep
{
    private readonly HeaderMatcher _allowed = new(plan.Headers);

    public string Name => plan.Type;

    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!policy.Matcher.Matches(plan.Rules, context.Host, context.Request, out _))
        {
            return new(StepOutcome.Continue);
        }

        List<string>? stripped = null;
        for (var i = context.Headers.Count - 1; i >= 0; i--)
        {
            var name = context.Headers[i].Key;
            if (!HeaderName.IsFraming(name) && !_allowed.Matches(name))
            {
                context.Headers.RemoveAt(i);
                (stripped ??= []).Add(HeaderName.Canonical(name));
            }
        }

        if (stripped is not null)
        {
            stripped.Sort(StringComparer.Ordinal);
            context.Step.Annotate("stripped_headers", stripped);
        }

        return new(StepOutcome.Continue);
    }
}
