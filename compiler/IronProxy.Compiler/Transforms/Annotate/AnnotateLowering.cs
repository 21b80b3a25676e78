using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Annotate;

/// <summary>Lowers annotations.</summary>
internal static class AnnotateLowering
{
    public static AnnotateStepPlan Lower(AnnotateConfig config, LoweringContext context) => new()
    {
        Annotations = [.. (config.Annotations?.Items ?? []).Select(a => new AnnotationPlan
        {
            Rules = RuleLowering.Lower(a.Rules, context),
            Headers = [.. a.Headers.Checked().Items.Select(h => h.Value)],
        })],
        At = config.At,
    };
}
