using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A judge or a gRPC server is asked when real secrets are in the request already, and so gets to see them.</summary>
internal sealed class DeciderBehindCredentials : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2022";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        for (var i = 0; i < steps.Length; i++)
        {
            if (Decider(steps[i]) is not { } decider)
            {
                continue;
            }

            var credential = context.Credentials.FirstOrDefault(c => steps.IndexOf(c.Step) < i && context.MayMeet(c.Rules, decider.Rules));
            if (credential is not null)
            {
                context.Report(
                    this,
                    steps[i].At,
                    $"{credential.Name} on line {credential.At.Line} is in the request by the time {decider.Who} gets to see it",
                    $"move {steps[i].Type} above {credential.Step.Type}, so that it sees what the workload sends");
            }
        }
    }

    private static (int? Rules, string Who)? Decider(StepPlan step) => step switch
    {
        JudgeStepPlan judge => (judge.Rules, "the language model"),
        GrpcStepPlan grpc => (grpc.Rules, "the gRPC server"),
        _ => null,
    };
}
