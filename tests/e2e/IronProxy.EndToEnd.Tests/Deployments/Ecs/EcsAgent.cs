using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.Targets.Templates;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// Does with a task definition what the agent of Amazon ECS does: it starts its containers with Docker, in the order of what depends on
/// what. A key that it does not know is refused, so that nothing of a task definition is left out without being seen.
/// </summary>
/// <param name="world">Whose Docker is used.</param>
/// <param name="hostRoot">The folder that stands for the root of the instance: volumes are below it.</param>
/// <param name="secrets">Values by their ARNs.</param>
internal sealed class EcsAgent(DeploymentWorld world, string hostRoot, IReadOnlyDictionary<string, string> secrets)
{
    /// <summary>What a test adds to a container by its name, because the world that it runs in is not AWS.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>Runs a task. Containers that another waits for run to their end.</summary>
    public async Task RunAsync(JsonNode task)
    {
        Assert.Empty(task.AsObject().Select(p => p.Key).Except(["family", "networkMode", "requiresCompatibilities", "executionRoleArn", "taskRoleArn", "containerDefinitions", "volumes"]));
        var containers = task["containerDefinitions"]!.AsArray().Select(c => c!).ToArray(); // A task has some.
        var awaited = containers.SelectMany(c => Items(c["dependsOn"])).ToDictionary(d => (string)d["containerName"]!, d => (string?)d["condition"]); // It names one.
        Assert.All(awaited.Values, c => Assert.Equal("SUCCESS", c));
        foreach (var container in containers.OrderBy(c => Items(c["dependsOn"]).Count()))
        {
            var name = (string)container["name"]!; // It has one.
            var arguments = string.Join(' ', Arguments(task, container).Select(ShellText.Quote));
            (await world.RunAsync($"docker run --name {name} {(awaited.ContainsKey(name) ? "" : "--detach")} {Extra.GetValueOrDefault(name)} {arguments}")).OutputOfSuccess();
        }
    }

    private IEnumerable<string> Arguments(JsonNode task, JsonNode container)
    {
        var volumes = Items(task["volumes"]).ToDictionary(v => (string)v["name"]!, v => (string)v["host"]!["sourcePath"]!); // They are on the host.
        var options = new List<string> { "--network", (string)task["networkMode"]! };
        string[] entryPoint = [];
        string[] command = [];
        foreach (var (key, value) in container.AsObject())
        {
            switch (key)
            {
                case "name" or "image" or "essential" or "logConfiguration" or "dependsOn":
                    break;
                case "portMappings":
                    Assert.Equal("host", (string?)task["networkMode"]);
                    break;
                case "memory":
                    options.AddRange(["--memory", $"{value}m"]);
                    break;
                case "user":
                    options.AddRange(["--user", $"{value}"]);
                    break;
                case "entryPoint":
                    entryPoint = [.. Items(value).Select(v => $"{v}")];
                    break;
                case "command":
                    command = [.. Items(value).Select(v => $"{v}")];
                    break;
                case "environment":
                    options.AddRange(Items(value).SelectMany(e => new[] { "--env", $"{e["name"]}={e["value"]}" }));
                    break;
                case "secrets":
                    options.AddRange(Items(value).SelectMany(e => new[] { "--env", $"{e["name"]}={secrets[(string)e["valueFrom"]!]}" }));
                    break;
                case "mountPoints":
                    options.AddRange(Items(value).SelectMany(m => new[] { "--volume", $"{hostRoot}{volumes[(string)m["sourceVolume"]!]}:{m["containerPath"]}:{((bool)m["readOnly"]! ? "ro" : "rw")}" }));
                    break;
                case "readonlyRootFilesystem":
                    Assert.True((bool?)value);
                    options.Add("--read-only");
                    break;
                case "linuxParameters":
                    options.AddRange(LinuxParameters(value!)); // It is an object.
                    break;
                case "dockerSecurityOptions":
                    options.AddRange(Items(value).SelectMany(o => new[] { "--security-opt", $"{o}" }));
                    break;
                case "ulimits":
                    // No more than the machine of the test has.
                    options.AddRange(Items(value).SelectMany(u => new[] { "--ulimit", string.Create(CultureInfo.InvariantCulture, $"{u["name"]}={Math.Min(20000, (int)u["softLimit"]!)}:{Math.Min(20000, (int)u["hardLimit"]!)}") }));
                    break;
                case "healthCheck":
                    Assert.Equal("CMD", (string?)value!["command"]![0]); // It has a command.
                    options.AddRange(["--health-cmd", string.Join(' ', Items(value["command"]).Skip(1)), "--health-interval", "1s", "--health-timeout", $"{value["timeout"]}s", "--health-retries", $"{value["retries"]}", "--health-start-period", $"{value["startPeriod"]}s"]);
                    break;
                case "stopTimeout":
                    options.AddRange(["--stop-timeout", $"{value}"]);
                    break;
                case "dockerLabels":
                    options.AddRange(value!.AsObject().SelectMany(l => new[] { "--label", $"{l.Key}={l.Value}" })); // It is an object.
                    break;
                case "dnsServers":
                    options.AddRange(Items(value).SelectMany(s => new[] { "--dns", $"{s}" }));
                    break;
                case "dnsSearchDomains":
                    options.AddRange(Items(value).SelectMany(s => new[] { "--dns-search", $"{s}" }));
                    break;
                default:
                    Assert.Fail($"The agent of this test does not know {key}.");
                    break;
            }
        }

        return [.. options, .. entryPoint.Take(1).SelectMany(e => new[] { "--entrypoint", e }), (string)container["image"]!, .. entryPoint.Skip(1), .. command];
    }

    private static IEnumerable<string> LinuxParameters(JsonNode parameters) => parameters.AsObject().SelectMany(p => p.Key switch
    {
        "capabilities" => Items(p.Value!["drop"]).SelectMany(c => new[] { "--cap-drop", $"{c}" }).Concat(Items(p.Value["add"]).SelectMany(c => new[] { "--cap-add", $"{c}" })),
        "tmpfs" => Items(p.Value).SelectMany(t => new[] { "--tmpfs", $"{t["containerPath"]}:size={t["size"]}m,{string.Join(',', Items(t["mountOptions"]))}" }),
        _ => throw new InvalidOperationException($"The agent of this test does not know {p.Key}."),
    });

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list is null ? [] : list.AsArray().Select(i => i!); // No list has a null.
}
