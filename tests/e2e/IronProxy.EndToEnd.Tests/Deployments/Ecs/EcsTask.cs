using System.Diagnostics;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// A task with the network mode awsvpc and the proxy as its sidecar, as 'ironc deploy --target ecs --set mode=sidecar' wrote it. Its network
/// is that of a container which does nothing else, as on an instance; its interface has both families, and nothing outside holds it.
/// </summary>
internal sealed class EcsTask : IAsyncDisposable
{
    private const string Bridge = "172.17.0.1";

    private const string Policy = $$"""
        dns: {listen: ":8053", proxy_ip: "127.0.0.1"}
        proxy: {http_listen: ":8080", https_listen: ":8443", upstream_deny_cidrs: []}
        metrics: {listen: "127.0.0.1:9090"}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        {{EcsInstance.Transforms}}
        """;

    private readonly DockerWorld _world;
    private readonly string _folder;
    private readonly Process _bucket;
    private readonly EcsAgent _agent;

    private EcsTask(DockerWorld world, string folder, Process bucket, int port)
    {
        (_world, _folder, _bucket) = (world, folder, bucket);
        _agent = new EcsAgent(world, "", new Dictionary<string, string> { [EcsInstance.Arn] = EcsInstance.ApiKey })
        {
            Extra = EcsInstance.ExtraOf(world, folder, $"{Bridge}:{port}"),
        };
    }

    /// <summary>Runs a command in the network of the task, as root of the machine.</summary>
    public Task<ShellResult> InNetworkAsync(string command) =>
        _world.RunAsync($"nsenter --net=/proc/$(docker inspect {EcsAgent.Pause} --format '{"{{.State.Pid}}"}')/ns/net {command}");

    /// <summary>Address of the task's interface.</summary>
    public async Task<string> AddressAsync() => (await _world.RunAsync($"docker inspect {EcsAgent.Pause} --format '{"{{.NetworkSettings.IPAddress}}"}'")).OutputOfSuccess().Trim();

    /// <summary>The network of a task, without a container of the task.</summary>
    public static async Task<EcsTask> CreateAsync(DockerWorld world, string name, string set = "serve_ports=8000")
    {
        var folder = world.NewFolder(name);
        await File.WriteAllTextAsync(Path.Combine(folder, "proxy.yaml"), Policy);
        (await world.RunAsync(
            $"{ProxyBinaries.Ironc} deploy -t ecs proxy.yaml -o ecs --set mode=sidecar --set account=123456789012 --set region=eu-central-1 --set bucket=example-egress --set image=localhost/iron-proxy:test --set secrets=API_KEY={EcsInstance.Arn} --set {set}",
            folder)).OutputOfSuccess();
        var (bucket, port) = await EcsInstance.ServeBucketAsync(world, folder, Bridge);
        var task = new EcsTask(world, folder, bucket, port);
        try
        {
            (await world.RunAsync(
                $"""
                {world.OnHost} sysctl --quiet -w net.ipv6.conf.all.forwarding=1 &&
                {world.OnHost} ip -6 address add {EcsInstance.BridgeV6}/64 dev docker0 nodad &&
                docker run --detach --name {EcsAgent.Pause} --dns {OutsideWorld.Upstream} --dns-search . localhost/workload:test sleep 600
                """)).OutputOfSuccess();
            await world.Outside.Network.IpAsync($"-6 route replace {EcsInstance.NetworkV6} via {OutsideWorld.HostV6}");
            (await task.InNetworkAsync("sysctl --quiet -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0")).OutputOfSuccess();
            (await task.InNetworkAsync($"ip -6 address add {EcsInstance.WorkloadV6}/64 dev eth0 nodad")).OutputOfSuccess();
            (await task.InNetworkAsync($"ip -6 route add default via {EcsInstance.BridgeV6}")).OutputOfSuccess();
        }
        catch
        {
            await task.DisposeAsync();
            throw;
        }

        return task;
    }

    /// <summary>A document of the folder.</summary>
    public JsonNode Document(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "ecs", file)))!; // It is an object.

    /// <summary>Runs the task of the folder, with a mistake in it; what could not be run is given back.</summary>
    public Task<ShellResult?> TryAsync(Action<JsonNode>? mistake = null)
    {
        var task = Document("task-definition.json");
        mistake?.Invoke(task);
        return _agent.TryAsync(task);
    }

    /// <summary>What the doctor of the task of the folder ended with, and what it said.</summary>
    public Task<ShellResult> DoctorAsync() => _world.RunAsync("docker wait doctor && docker logs doctor");

    /// <summary>Starts a workload as the patch says, in the task that runs.</summary>
    public async Task StartWorkloadAsync(string? user = null)
    {
        var patch = Document("workload/task-definition.patch.json");
        var running = Document("task-definition.json")["containerDefinitions"]!.AsArray();
        var containers = patch["containerDefinitions"]!.AsArray(); // Both have some.
        for (var i = 0; i < containers.Count - 1; i++)
        {
            Assert.True(JsonNode.DeepEquals(running[i], containers[i]));
        }

        var workload = containers[^1]!.DeepClone().AsObject(); // The last is the workload.
        workload["name"] = "workload";
        workload["image"] = "localhost/workload:test";
        workload["command"] = new JsonArray("sleep", "600");
        if (user is not null)
        {
            workload["user"] = user;
        }

        patch["containerDefinitions"] = new JsonArray(workload);
        await _world.RunAsync("docker rm --force workload");
        await _agent.RunAsync(patch);
    }

    /// <summary>Runs doctor in the workload.</summary>
    public Task<DoctorReport> AttackAsync() => DoctorProcess.RunAsync(
        ["docker", "--host", _world.DockerHost, "exec", "workload"],
        EcsInstance.AttackOn(Bridge));

    /// <summary>Attacks, and asserts that it holds, that the upstream saw the real secret, and that the workload did not.</summary>
    public Task<DoctorReport> AssertHeldAsync() => _world.Outside.AssertHeldAsync(AttackAsync, EcsInstance.ApiKey);

    public async ValueTask DisposeAsync()
    {
        _bucket.Kill();
        await _bucket.WaitForExitAsync();
        _bucket.Dispose();
        await _world.RunAsync($"docker rm --force --volumes workload doctor iron-proxy ca firewall {EcsAgent.Pause}; docker volume rm iron-proxy-ca iron-proxy-trust");
        (await _world.RunAsync($"{_world.OnHost} ip -6 address del {EcsInstance.BridgeV6}/64 dev docker0")).OutputOfSuccess();
    }
}
