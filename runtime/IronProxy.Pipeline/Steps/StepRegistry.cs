using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>The transforms that run, one line each. <c>iron-proxy</c> serves requests with them, and <c>ironc explain</c> asks them.</summary>
public static class StepRegistry
{
    /// <summary>Makes a step.</summary>
    /// <returns>Null for one that this version cannot run (<see cref="StepPlan.IsRun"/>).</returns>
    public static IStep? Create(StepPlan step, IStepServices services) => step switch
    {
        AllowlistStepPlan plan => new AllowlistStep(plan),
        SecretsStepPlan plan => new SecretsStep(plan, [.. plan.Secrets.Select(services.Secret)]),
        HeaderAllowlistStepPlan plan => new HeaderAllowlistStep(plan),
        AnnotateStepPlan plan => new AnnotateStep(plan),
        BodyCaptureStepPlan plan => new BodyCaptureStep(plan),
        OauthTokenStepPlan plan => new OauthTokenStep(plan, services),
        GcpAuthStepPlan plan => new GcpAuthStep(plan, services),
        GcpIdTokenStepPlan plan => new GcpIdTokenStep(plan, services),
        AzureAuthStepPlan plan => new AzureAuthStep(plan, services),
        GithubAppStepPlan plan => new GithubAppStep(plan, services),
        AwsAuthStepPlan plan => new AwsAuthStep(plan, services),
        GrpcStepPlan plan => new GrpcStep(plan, services),
        JudgeStepPlan plan => new JudgeStep(plan, services),
        HmacSignStepPlan plan => new HmacSignStep(plan, services),
        JsonRpcStepPlan plan => new JsonRpcStep(plan),
        GraphqlStepPlan plan => new GraphqlStep(plan),
        _ => null,
    };
}
