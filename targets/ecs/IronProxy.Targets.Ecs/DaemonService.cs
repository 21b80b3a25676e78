using System.Text.Json.Nodes;

namespace IronProxy.Targets.Ecs;

/// <summary>The service, in the shape that CreateService takes. The revision of the task definition is known when it is made.</summary>
internal static class DaemonService
{
    public static JsonObject Create(EcsLayout layout) => new()
    {
        ["cluster"] = layout.Cluster,
        ["serviceName"] = layout.Name,
        ["launchType"] = "EC2",
        ["schedulingStrategy"] = "DAEMON",

        // The ports of an instance are taken while the old proxy runs, so it ends before the new one starts; not all at once.
        ["deploymentConfiguration"] = new JsonObject { ["maximumPercent"] = 100, ["minimumHealthyPercent"] = layout.MinimumHealthy },
    };
}
