using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>header_allowlist</c>.</summary>
/// <param name="plan">The step.</param>
public sealed class HeaderAllowlistStep(HeaderAllowlistStepPlan plan) : IRequestStep
{
    private readonly HeaderMatcher _allowed = new(plan.Headers);

    /// <summary>The annotation that lists the names of the headers that were taken away.</summary>
    public const string Stripped = "stripped_headers";

    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.Policy.Matcher.Matches(plan.Rules, context.Host, context.Request, out _))
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
            context.Step.Annotate(Stripped, stripped);
        }

        return new(StepOutcome.Continue);
    }
}
