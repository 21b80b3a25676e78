using IronProxy.Plan;

namespace IronProxy.Targets.Model;

/// <summary>One thing that the proxy must be allowed to do in AWS.</summary>
/// <param name="Action">Action of IAM.</param>
/// <param name="Resource">ARN, with <c>*</c> for the account and the region where the plan leaves them open.</param>
public sealed record AwsPermission(string Action, string Resource)
{
    /// <summary>What a source needs; null when it is none of AWS.</summary>
    public static AwsPermission? Of(SecretSourcePlan source) => source switch
    {
        // Secrets Manager appends a hyphen and six characters to the name of a secret in its ARN.
        AwsSmSourcePlan secret => new("secretsmanager:GetSecretValue", IsArn(secret.SecretId) ? secret.SecretId : $"arn:aws:secretsmanager:{secret.Region ?? "*"}:*:secret:{secret.SecretId}-??????"),
        AwsSsmSourcePlan parameter => new("ssm:GetParameter", IsArn(parameter.Name) ? parameter.Name : $"arn:aws:ssm:{parameter.Region ?? "*"}:*:parameter/{parameter.Name.TrimStart('/')}"),
        _ => null,
    };

    private static bool IsArn(string text) => text.StartsWith("arn:", StringComparison.Ordinal);
}
