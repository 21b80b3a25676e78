using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.Targets.Model;
using IronProxy.Targets.Pulumi;

namespace IronProxy.Targets.Ecs;

/// <summary>The same resources as those of the aws commands, as a Pulumi program. Documents are taken from where these have them.</summary>
internal static class EcsProgram
{
    public static PulumiProgram Create(EcsLayout layout, DeploymentModel model, string policyHash)
    {
        var program = new PulumiProgram(layout.Name, layout.IsSidecar ? "What tasks of ECS with iron-proxy as a sidecar need, and an example of one." : "iron-proxy as a daemon on the instances of an ECS cluster.");
        var logs = program.AddResource(
            "logs",
            "aws:cloudwatch:LogGroup",
            new PulumiMap { ["name"] = layout.LogGroup, ["retentionInDays"] = layout.LogDays, ["skipDestroy"] = true },
            comment: "The audit records are in it, so it stays when the rest is destroyed.");
        var execution = AddRole(program, "execution", layout.ExecutionRole, layout, IamPolicies.Execution(layout, model), "What starting the task needs.");
        var task = AddRole(program, "task", layout.TaskRole, layout, IamPolicies.Task(layout, model), "What the proxy itself may do.");
        var plan = program.AddResource("plan", "aws:s3:BucketObjectv2", new PulumiMap
        {
            ["bucket"] = layout.Bucket,
            ["key"] = layout.PlanKey,
            ["source"] = PulumiValue.FileAsset("proxy.plan.json"),
            ["contentType"] = "application/json",
            ["checksumAlgorithm"] = "SHA256",
        }, comment: "Named after what is in it. Those of earlier revisions stay, for deployments that are rolled back.", isKept: true);
        var document = layout.IsSidecar ? SidecarTask.Example(layout, model, policyHash) : TaskDefinitions.Daemon(layout, model, policyHash);
        var definition = AddTaskDefinition(program, document, execution.Role, task.Role);
        program.AddOutput("taskDefinitionArn", definition["arn"]);
        if (layout.IsSidecar)
        {
            program.AddOutput("executionRoleArn", execution.Role["arn"]);
            program.AddOutput("taskRoleArn", task.Role["arn"]);
            return program;
        }

        program.AddResource(
            "service",
            "aws:ecs:Service",
            new PulumiMap
            {
                ["name"] = layout.Name,
                ["cluster"] = layout.Cluster,
                ["taskDefinition"] = definition["arn"],
                ["launchType"] = "EC2",
                ["schedulingStrategy"] = "DAEMON",
                ["deploymentMaximumPercent"] = 100,
                ["deploymentMinimumHealthyPercent"] = layout.MinimumHealthy,
                ["waitForSteadyState"] = true,
            },
            [logs, execution.Policy, task.Policy, plan],
            "The ports of an instance are taken while the old proxy runs, so it ends before the new one starts; not all at once.");
        var template = AddTemplate(program, layout);
        program.AddOutput("launchTemplateId", template["id"]);
        return program;
    }

    private static (PulumiReference Role, PulumiReference Policy) AddRole(PulumiProgram program, string name, string roleName, EcsLayout layout, JsonObject policy, string comment)
    {
        var role = program.AddResource(
            $"{name}Role",
            "aws:iam:Role",
            new PulumiMap { ["name"] = roleName, ["assumeRolePolicy"] = PulumiValue.Json(ValueOf(IamPolicies.Trust(layout))) },
            comment: comment);
        return (role, program.AddResource($"{name}Policy", "aws:iam:RolePolicy", new PulumiMap
        {
            ["name"] = layout.Name,
            ["role"] = role["id"],
            ["policy"] = PulumiValue.Json(ValueOf(policy)),
        }));
    }

    private static PulumiReference AddTaskDefinition(PulumiProgram program, JsonObject definition, PulumiReference execution, PulumiReference task)
    {
        var properties = new PulumiMap
        {
            ["family"] = ValueOf(definition["family"]),
            ["networkMode"] = ValueOf(definition["networkMode"]),
            ["requiresCompatibilities"] = ValueOf(definition["requiresCompatibilities"]),
            ["executionRoleArn"] = execution["arn"],
            ["taskRoleArn"] = task["arn"],
            ["containerDefinitions"] = PulumiValue.Json(ValueOf(definition["containerDefinitions"])),
        };
        if (definition["placementConstraints"] is { } constraints)
        {
            properties["placementConstraints"] = ValueOf(constraints);
        }

        if (definition["volumes"] is JsonArray volumes)
        {
            properties["volumes"] = new PulumiList(volumes.Select(v => (PulumiValue)VolumeOf(v!))); // No list has a null.
        }

        return program.AddResource("taskDefinition", "aws:ecs:TaskDefinition", properties);
    }

    private static PulumiMap VolumeOf(JsonNode volume)
    {
        var map = new PulumiMap { ["name"] = ValueOf(volume["name"]) };
        if (volume["host"]?["sourcePath"] is { } path)
        {
            map["hostPath"] = ValueOf(path);
        }

        return map;
    }

    private static PulumiReference AddTemplate(PulumiProgram program, EcsLayout layout)
    {
        var template = InstanceTemplate.Create(layout);
        var properties = new PulumiMap { ["name"] = layout.LaunchTemplate };
        foreach (var (key, value) in template)
        {
            properties[Camel(key)] = key == InstanceTemplate.UserDataKey ? PulumiValue.Base64(PulumiValue.FileText("instances/user-data.sh")) : CamelKeys(value);
        }

        properties["updateDefaultVersion"] = true;
        return program.AddResource("instances", "aws:ec2:LaunchTemplate", properties, comment: "For your Auto Scaling group: the user data is what keeps workloads inside.");
    }

    /// <summary>A document as it is.</summary>
    private static PulumiValue ValueOf(JsonNode? node) => node switch
    {
        JsonObject map => new PulumiMap(map.Select(e => new PulumiEntry(e.Key, ValueOf(e.Value), null))),
        JsonArray list => new PulumiList(list.Select(ValueOf)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.GetValue<int>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        _ => throw new UnreachableException(),
    };

    /// <summary>A document of EC2 with keys as Pulumi has them.</summary>
    private static PulumiValue CamelKeys(JsonNode? node) => node is JsonObject map
        ? new PulumiMap(map.Select(e => new PulumiEntry(Camel(e.Key), CamelKeys(e.Value), null)))
        : ValueOf(node);

    private static string Camel(string key) => char.ToLowerInvariant(key[0]) + key[1..];
}
