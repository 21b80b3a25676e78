using System.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Steps that this version does not run: what they would do, as far as a plan says it.</summary>
internal static class ForetoldStep
{
    public static ExplainedStep Of(StepPlan plan, RequestScope scope) => plan switch
    {
        OauthTokenStepPlan or GcpAuthStepPlan or GcpIdTokenStepPlan or AwsAuthStepPlan => new ExplainedCredentials(plan, scope),
        JudgeStepPlan judge => new ExplainedQuestion(judge, judge.Rules, Services.Of(judge), scope),
        GrpcStepPlan grpc => new ExplainedQuestion(grpc, grpc.Rules, Services.Of(grpc), scope),
        _ => throw new UnreachableException($"The step {plan.Type} has no explanation."),
    };
}

/// <summary>Steps that mint tokens or sign: what they would set, and whether they may.</summary>
internal sealed class ExplainedCredentials(StepPlan plan, RequestScope scope) : ExplainedStep(plan, scope)
{
    /// <summary>The answer to a request for a token. What it holds is the running step's to say.</summary>
    private static readonly MadeResponse Stub = new(200, [], default);

    protected override ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var answer = new CredentialExplainer(Scope, request).Explain(Plan);
        if (answer.StubbedBy is { } stubbedBy)
        {
            return new((StepOutcome.Respond(Stub, stubbedBy), StepExplanation.Of(Plan, StepAnswer.Stub)));
        }

        var outcome = answer.Denial is { } denial ? StepOutcome.Reject(denial, answer.Entries[^1].At) : StepOutcome.Continue;
        return new((outcome, StepExplanation.Of(Plan, StepAnswer.Continue) with { Credentials = answer.Entries }));
    }
}

/// <summary>judge and grpc: who is asked, and what is sent there. The answer is not known here.</summary>
internal sealed class ExplainedQuestion(StepPlan plan, int? rules, ServiceExplanation service, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var explanation = Scoped(rules, out var inScope);
        if (!inScope)
        {
            return new((StepOutcome.Continue, explanation));
        }

        if (Plan.Needs == StepNeeds.WholeBody && request.HoldBody() is { } refusal)
        {
            return new((StepOutcome.Reject(refusal, Plan.At), explanation));
        }

        Dependency = new Dependency(Plan.Type, service.Name, Plan.At);
        var seen = request.SecretPlaces.Where(p => p != "body" || service.Sends.Contains("body"));
        return new((StepOutcome.Continue, explanation with { Outcome = StepAnswer.Undecided, Asks = service with { SeesSecrets = [.. seen] } }));
    }
}
