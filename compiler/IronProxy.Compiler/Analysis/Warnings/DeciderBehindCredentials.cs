namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A gRPC server is asked when real secrets are in the request already, and so gets to see them.</summary>
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
            if (steps[i] is not { Asks: { } asked } decider)
            {
                continue;
            }

            var credential = context.Credentials.FirstOrDefault(c => steps.IndexOf(c.Step) < i && decider.ActsOn.Any(rules => context.MayMeet(c.Rules, rules)));
            if (credential is not null)
            {
                context.Report(
                    this,
                    decider.At,
                    $"{credential.Title} on line {credential.At.Line} is in the request by the time {asked} gets to see it",
                    $"move {decider.Type} above {credential.Step.Type}, so that it sees what the workload sends");
            }
        }
    }
}
