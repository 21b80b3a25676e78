using System.Text;
using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets.Aws;

namespace IronProxy.Runtime.Secrets.AwsSm;

/// <summary>Reads a secret of AWS Secrets Manager: text, or bytes that are text.</summary>
internal sealed class AwsSmSecretSource(AwsSmSourcePlan plan, AwsApi aws) : ISecretSource
{
    private static readonly AwsService Service = new("secretsmanager", "secretsmanager.GetSecretValue", "AWS_ENDPOINT_URL_SECRETS_MANAGER");

    public ValueTask<string> ReadAsync(CancellationToken cancellation) => aws.AskAsync(
        new AwsQuestion(Service, plan.SecretId, plan.Region, new() { ["SecretId"] = plan.SecretId }, plan.Permission), ValueOf, Problem, cancellation);

    private static string? ValueOf(JsonElement answer) =>
        answer.TryGetProperty("SecretString", out var text) && text.ValueKind != JsonValueKind.Null ? text.GetString()
        : answer.TryGetProperty("SecretBinary", out var bytes) && bytes.ValueKind != JsonValueKind.Null ? Encoding.UTF8.GetString(bytes.GetBytesFromBase64())
        : null;

    private StartupException Problem(string why) => new($"The secret {plan.SecretId} of line {plan.At.Line} cannot be read from AWS Secrets Manager: {why}.");
}
