namespace IronProxy.Plan;

/// <summary>
/// Something of a plan that the iron-proxy of this version cannot run. It refuses such a plan: nothing is skipped.
/// </summary>
/// <param name="Name">What it is, such as <c>the transform 'later'</c>.</param>
/// <param name="At">Where the entry is.</param>
public sealed record MissingPart(string Name, SourcePosition At)
{
    /// <summary>What a plan has of that, in its order.</summary>
    public static IEnumerable<MissingPart> Of(ProxyPlan plan) =>
        [.. plan.Steps.SelectMany(Of), .. Of(plan.Upstream.Sources), .. Of((plan.Clients ?? []).SelectMany(c => c.Sources))];

    private static IEnumerable<MissingPart> Of(StepPlan step) => step.IsRun
        ? Of(step.Sources)
        : [new MissingPart($"the transform '{step.Type}'", step.At)];

    private static IEnumerable<MissingPart> Of(IEnumerable<SecretSourcePlan> sources) =>
        sources.Where(s => !s.IsRead).Select(s => new MissingPart($"the secret source '{s.Type}'", s.At));
}
