using IronProxy.Plan;
using IronProxy.Runtime.Pipeline;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Transforms.Allowlist;
using IronProxy.Runtime.Transforms.Annotate;
using IronProxy.Runtime.Transforms.BodyCapture;
using IronProxy.Runtime.Transforms.HeaderAllowlist;
using IronProxy.Runtime.Transforms.Secrets;

namespace IronProxy.Runtime.Transforms;

/// <summary>The transforms that this build can run. A plan with any other is refused by name (<see cref="MissingPart"/>): nothing is skipped.</summary>
public static class RequestSteps
{
    /// <summary>Makes the steps of a plan, in its order, and reads their secrets.</summary>
    /// <exception cref="StartupException">A step cannot be made; the message says which.</exception>
    public static IRequestStep[] Create(PlanPolicy policy, SecretReader secrets) =>
        [.. policy.Plan.Steps.Select(step => Create(step, policy, secrets))];

    private static IRequestStep Create(StepPlan step, PlanPolicy policy, SecretReader secrets) => step switch
    {
        AllowlistStepPlan plan => new AllowlistStep(plan, policy),
        SecretsStepPlan plan => new SecretsStep(plan, policy, secrets),
        HeaderAllowlistStepPlan plan => new HeaderAllowlistStep(plan, policy),
        AnnotateStepPlan plan => new AnnotateStep(plan, policy),
        BodyCaptureStepPlan plan => new BodyCaptureStep(plan, policy),
        _ => throw new System.Diagnostics.UnreachableException("A plan with parts that are missing is refused before."),
    };
}
