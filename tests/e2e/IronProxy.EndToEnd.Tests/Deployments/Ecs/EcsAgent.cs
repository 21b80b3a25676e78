using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.Targets.Templates;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// Does with a task definition what the agent of Amazon ECS does: it starts its containers with Docker, in the order of what depends on
/// what. A key that it does not know is refused, so that nothing of a task definition is left out without being seen.
/// </summary>
/// <param name="world">Whose Docker is used.</param>
/// <param name="hostRoot">The folder that stands for the root of the instance: volumes are below it.</param>
/// <param name="secrets">Values by their ARNs.</param>
internal sealed class EcsAgent(DockerWorld world, string hostRoot, IReadOnlyDictionary<string, string> secrets)
{
    /// <summary>The container whose network is that of a task with awsvpc. It is there before the task.</summary>
    public const string Pause = "pause";

    /// <summary>What a test adds to a container by its name, because the world that it runs in is not AWS.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>What the instance says of itself, and tasks ask for.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Runs a task.</summary>
    public async Task RunAsync(JsonNode task) => (await TryAsync(task))?.OutputOfSuccess();

    /// <summary>
    /// Runs a task. A container begins when those that it waits for have ended well, or are healthy. The first that cannot be run is given
    /// back, and what waits for it does not begin.
    /// </summary>
    public async Task<ShellResult?> TryAsync(JsonNode task)
    {
        Assert.Empty(task.AsObject().Select(p => p.Key).Except(["family", "networkMode", "requiresCompatibilities", "executionRoleArn", "taskRoleArn", "placementConstraints", "containerDefinitions", "volumes"]));
        Assert.All(Items(task["placementConstraints"]), c => Assert.Contains((string?)c["expression"], Attributes.Select(a => $"attribute:{a.Key} == {a.Value}")));
        var waiting = task["containerDefinitions"]!.AsArray().Select(c => c!).ToList(); // A task has some.
        var conditions = waiting.SelectMany(c => Items(c["dependsOn"])).DistinctBy(d => (string?)d["containerName"]).ToDictionary(d => (string)d["containerName"]!, d => (string?)d["condition"]); // It names one.
        while (waiting.Count > 0)
        {
            var container = waiting.First(c => Items(c["dependsOn"]).All(d => waiting.All(w => (string?)w["name"] != (string?)d["containerName"])));
            waiting.Remove(container);
            var name = (string)container["name"]!; // It has one.
            var condition = conditions.GetValueOrDefault(name);
            Assert.Contains(condition, new[] { null, "SUCCESS", "HEALTHY" });
            var arguments = string.Join(' ', Arguments(task, container).Select(ShellText.Quote));
            var run = await world.RunAsync($"docker run --name {name} {(condition == "SUCCESS" ? "" : "--detach")} {Extra.GetValueOrDefault(name)} {arguments}");
            if (run.ExitCode != 0)
            {
                return run;
            }

            if (condition == "HEALTHY")
            {
                await WaitAsync(name);
            }
        }

        return null;
    }

    /// <summary>Waits until a container is healthy.</summary>
    public async Task WaitAsync(string name)
    {
        if (!await Patience.UntilAsync(async () => (await world.RunAsync($"docker inspect {name} --format '{"{{.State.Health.Status}}"}'")).Output.Trim() == "healthy"))
        {
            Assert.Fail((await world.RunAsync($"docker logs {name}; docker inspect {name} --format '{"{{json .State}}"}'")).Output);
        }
    }

    private IEnumerable<string> Arguments(JsonNode task, JsonNode container)
    {
        var volumes = Items(task["volumes"]).ToDictionary(v => (string)v["name"]!, v => v["host"]!["sourcePath"] is { } path ? $"{hostRoot}{path}" : (string)v["name"]!); // They have a host, which may be empty.
        var network = (string)task["networkMode"]!; // It has one.
        var options = new List<string> { "--network", network == "awsvpc" ? $"container:{Pause}" : network };
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
                    options.AddRange(Items(value).SelectMany(m => new[] { "--volume", $"{volumes[(string)m["sourceVolume"]!]}:{m["containerPath"]}:{((bool)m["readOnly"]! ? "ro" : "rw")}" }));
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
