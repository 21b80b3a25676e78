namespace IronProxy.Plan;

/// <summary>One thing that the proxy must be allowed to do in AWS.</summary>
/// <param name="Action">Action of IAM.</param>
/// <param name="Resource">ARN, with <c>*</c> for the account and the region where the plan leaves them open.</param>
public sealed record AwsPermission(string Action, string Resource)
{
    // Secrets Manager appends a hyphen and six characters to the name of a secret in its ARN.
    internal static AwsPermission ToReadSecret(string id, string? region) =>
        new("secretsmanager:GetSecretValue", IsArn(id) ? id : $"arn:aws:secretsmanager:{region ?? "*"}:*:secret:{id}-??????");

    internal static AwsPermission ToReadParameter(string name, string? region) =>
        new("ssm:GetParameter", IsArn(name) ? name : $"arn:aws:ssm:{region ?? "*"}:*:parameter/{name.TrimStart('/')}");

    private static bool IsArn(string text) => text.StartsWith("arn:", StringComparison.Ordinal);
}
