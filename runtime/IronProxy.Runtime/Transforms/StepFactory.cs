using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Transforms;

/// <summary>The transforms that this build can run. A plan with any other is refused by name (<see cref="MissingPart"/>): nothing is skipped.</summary>
internal static class StepFactory
{
    /// <summary>Makes the steps of a plan, in its order. Their secrets are read later.</summary>
    public static IStep[] Create(ProxyPlan plan, SecretStore secrets) => [.. plan.Steps.Select(step => Create(step, secrets))];

    private static IStep Create(StepPlan step, SecretStore secrets) => step switch
    {
        AllowlistStepPlan plan => new AllowlistStep(plan),
        SecretsStepPlan plan => new SecretsStep(plan, [.. plan.Secrets.Select(secrets.Add)]),
        HeaderAllowlistStepPlan plan => new HeaderAllowlistStep(plan),
        AnnotateStepPlan plan => new AnnotateStep(plan),
        BodyCaptureStepPlan plan => new BodyCaptureStep(plan),
        _ => throw new System.Diagnostics.UnreachableException("A plan with parts that are missing is refused before."),
    };
}
