using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>header_allowlist</c>.</summary>
/// <param name="plan">The step.</param>
public sealed class HeaderAllowlistStep(HeaderAllowlistStepPlan plan) : IRequestStep
{
    private readonly HeaderMatcher _allowed = new(plan.Headers);

    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.IsInScope(plan.Rules))
        {
            return new(StepOutcome.Continue);
        }

        SortedSet<string>? stripped = null;
        for (var i = context.Headers.Count - 1; i >= 0; i--)
        {
            var name = context.Headers[i].Key;
            if (!HeaderName.IsFraming(name) && !_allowed.Matches(name))
            {
                context.Headers.RemoveAt(i);
                (stripped ??= new SortedSet<string>(StringComparer.Ordinal)).Add(HeaderName.Canonical(name));
            }
        }

        if (stripped is not null)
        {
            context.Step.Annotate("stripped_headers", stripped);
        }

        context.Observer?.Stripped(stripped ?? []);

        return new(StepOutcome.Continue);
    }
}
