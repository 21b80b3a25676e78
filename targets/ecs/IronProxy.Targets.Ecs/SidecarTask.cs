using System.Text.Json.Nodes;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Ecs;

/// <summary>
/// The proxy in the workload's own task, whose containers share one network namespace (awsvpc). Nobody can be given a DNS server there, so
/// rules in that namespace lead the workload to the proxy, and leave it no other way.
/// </summary>
internal static class SidecarTask
{
    /// <summary>The container that loads the rules.</summary>
    public const string FirewallName = "firewall";

    private const string RulesVariable = "IRON_PROXY_RULES";

    /// <summary>What the task definition of a workload needs. The last container is the workload, without what its owner alone knows.</summary>
    public static JsonObject Patch(EcsLayout layout, DeploymentModel model, string policyHash) => Task(layout, model, policyHash, Workload(layout, model));

    /// <summary>A whole task, whose workload tries to get out.</summary>
    public static JsonObject Example(EcsLayout layout, DeploymentModel model, string policyHash)
    {
        var doctor = Workload(layout, model);
        TaskDefinitions.AttackFrom(doctor, layout, model, [], []);
        var task = Task(layout, model, policyHash, doctor);
        task.Insert(0, "family", layout.Name);
        return task;
    }

    private static JsonObject Task(EcsLayout layout, DeploymentModel model, string policyHash, JsonObject workload)
    {
        var containers = new JsonArray();
        if (layout.HasFirewall)
        {
            containers.Add(Firewall(layout, model));
        }

        if (model.Ca is { } ca)
        {
            containers.Add(TaskDefinitions.Ca(layout, ca));
        }

        containers.Add(TaskDefinitions.Proxy(layout, model, policyHash));
        containers.Add(workload);
        var task = new JsonObject
        {
            ["networkMode"] = "awsvpc",
            ["requiresCompatibilities"] = new JsonArray("EC2"),
            ["executionRoleArn"] = layout.RoleArn(layout.ExecutionRole),
            ["taskRoleArn"] = layout.RoleArn(layout.TaskRole),
            ["containerDefinitions"] = containers,
        };
        if (model.Ca is not null)
        {
            // Without a path of the instance they belong to the task, and end with it.
            task["volumes"] = new JsonArray([.. TaskDefinitions.Volumes(model.Ca).Select(v => (JsonNode)new JsonObject { ["name"] = v.Name, ["host"] = new JsonObject() })]);
        }

        return task;
    }

    /// <summary>The rules are in the task definition, so that nothing has to be fetched before they hold.</summary>
    private static JsonObject Firewall(EcsLayout layout, DeploymentModel model)
    {
        var rules = new SidecarRules("ecs", "task", layout.User)
        {
            Load = $"nft --file - <<< \"${RulesVariable}\"",
            ServePorts = layout.ServePorts,
            Redirects = true,
            ClosesInstanceMetadata = true,
        };
        var container = new JsonObject
        {
            ["name"] = FirewallName,
            ["image"] = layout.Image,
            ["essential"] = false,
            ["memory"] = 128,
            ["entryPoint"] = new JsonArray("bash", "-c"),
            ["command"] = new JsonArray(rules.ToScript()),
            ["user"] = "0:0",
            ["environment"] = TaskDefinitions.Environment((RulesVariable, rules.ToRules(model))),
        };
        TaskDefinitions.Harden(container);
        container["linuxParameters"]!["capabilities"]!["add"] = new JsonArray("NET_ADMIN"); // Harden made both.
        container["logConfiguration"] = TaskDefinitions.Logs(layout, FirewallName);
        return container;
    }

    private static JsonObject Workload(EcsLayout layout, DeploymentModel model) =>
        TaskDefinitions.Workload(layout, model, ("dependsOn", new JsonArray(TaskDefinitions.DependsOn(TaskDefinitions.ProxyName, "HEALTHY"))));
}
