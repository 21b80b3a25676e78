using System.Text.Json.Nodes;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.Ecs;

/// <summary>One thing that a role may do.</summary>
/// <param name="Action">Action of IAM.</param>
/// <param name="Resource">ARN.</param>
internal sealed record AwsStatement(string Action, string Resource);

/// <summary>
/// The documents of the two roles. The agent of Amazon ECS takes the execution role to start a task; what runs in the task has the
/// other one, and cannot read with it what the first may read.
/// </summary>
internal static class IamPolicies
{
    /// <summary>Tasks of this account, and nobody else, take the roles (against the confused deputy).</summary>
    public static JsonObject Trust(EcsLayout layout) => new()
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["Service"] = "ecs-tasks.amazonaws.com" },
            ["Action"] = "sts:AssumeRole",
            ["Condition"] = new JsonObject
            {
                ["StringEquals"] = new JsonObject { ["aws:SourceAccount"] = layout.Account },
                ["ArnLike"] = new JsonObject { ["aws:SourceArn"] = $"arn:{layout.Partition}:ecs:{layout.Region}:{layout.Account}:*" },
            },
        }),
    };

    /// <summary>What starting the task needs: its image, its log streams, its secrets.</summary>
    public static JsonObject Execution(EcsLayout layout, DeploymentModel model)
    {
        var logs = $"arn:{layout.Partition}:logs:{layout.Region}:{layout.Account}:log-group:{layout.LogGroup}:*";
        var statements = new List<AwsStatement> { new("logs:CreateLogStream", logs), new("logs:PutLogEvents", logs) };
        if (EcrRepository(layout.Image) is { } repository)
        {
            statements.AddRange([new("ecr:GetAuthorizationToken", "*"), new("ecr:BatchGetImage", repository), new("ecr:GetDownloadUrlForLayer", repository)]);
        }

        var secrets = layout.SecretVariables(model).Select(s => EcsSecrets.Permission(s.Arn)).ToArray();
        statements.AddRange(secrets);
        if (layout.KmsKey.Length > 0 && secrets.Length > 0)
        {
            statements.Add(new("kms:Decrypt", layout.KmsKey));
        }

        return Policy(statements);
    }

    /// <summary>What the proxy needs: its plan, or that of a revision that is rolled back to, and what its sources read.</summary>
    public static JsonObject Task(EcsLayout layout, DeploymentModel model)
    {
        var statements = new List<AwsStatement> { new("s3:GetObject", $"arn:{layout.Partition}:s3:::{layout.Bucket}/{layout.PlanFolder}/*") };
        statements.AddRange(model.AwsPermissions.Select(p => new AwsStatement(p.Action, Here(p.Resource, layout))));
        if (layout.KmsKey.Length > 0 && !model.AwsPermissions.IsEmpty)
        {
            statements.Add(new("kms:Decrypt", layout.KmsKey));
        }

        return Policy(statements);
    }

    /// <summary>Statements in the order of their actions; those with one action are one.</summary>
    private static JsonObject Policy(IEnumerable<AwsStatement> statements) => new()
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray([.. statements.Distinct().GroupBy(s => s.Action, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (JsonNode)new JsonObject
        {
            ["Effect"] = "Allow",
            ["Action"] = g.Key,
            ["Resource"] = g.Count() == 1 ? g.Single().Resource : new JsonArray([.. g.Select(s => (JsonNode)s.Resource).OrderBy(r => (string?)r, StringComparer.Ordinal)]),
        })]),
    };

    /// <summary>An ARN whose region and account the policy left open: they are those of the deployment.</summary>
    private static string Here(string arn, EcsLayout layout)
    {
        var parts = arn.Split(':', 6);
        (parts[1], parts[3], parts[4]) = (layout.Partition, parts[3] == "*" ? layout.Region : parts[3], parts[4] == "*" ? layout.Account : parts[4]);
        return string.Join(':', parts);
    }

    /// <summary>The repository of an image that Amazon ECR keeps; null for images from elsewhere.</summary>
    private static string? EcrRepository(string image)
    {
        var slash = image.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || image[..slash].Split('.') is not [{ Length: 12 } account, "dkr", "ecr", { } region, ..] || !account.All(char.IsAsciiDigit))
        {
            return null;
        }

        var name = image[(slash + 1)..].Split('@')[0];
        var tag = name.LastIndexOf(':');
        var partition = image[..slash].EndsWith(".cn", StringComparison.Ordinal) ? "aws-cn" : region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov" : "aws";
        return $"arn:{partition}:ecr:{region}:{account}:repository/{(tag < 0 ? name : name[..tag])}";
    }
}
