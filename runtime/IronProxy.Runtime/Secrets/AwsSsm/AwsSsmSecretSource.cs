using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets.Aws;

namespace IronProxy.Runtime.Secrets.AwsSsm;

/// <summary>Reads a parameter of AWS Systems Manager.</summary>
internal sealed class AwsSsmSecretSource(AwsSsmSourcePlan plan, AwsApi aws) : ISecretSource
{
    private static readonly AwsService Service = new("ssm", "AmazonSSM.GetParameter", "AWS_ENDPOINT_URL_SSM");

    public ValueTask<string> ReadAsync(CancellationToken cancellation) => aws.AskAsync(
        new AwsQuestion(Service, plan.Name, plan.Region, new() { ["Name"] = plan.Name, ["WithDecryption"] = plan.WithDecryption }, plan.Permission), ValueOf, Problem, cancellation);

    private static string? ValueOf(JsonElement answer) =>
        answer.TryGetProperty("Parameter", out var parameter) && parameter.TryGetProperty("Value", out var value) ? value.GetString() : null;

    private StartupException Problem(string why) => new($"The parameter {plan.Name} of line {plan.At.Line} cannot be read from AWS Systems Manager: {why}.");
}
