using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// A folder that 'ironc deploy --target ecs' wrote, on the host of a <see cref="DockerWorld"/>, which stands for an instance: its
/// user data writes its files below a folder, its rules are loaded, and the tasks are started by <see cref="EcsAgent"/>.
/// </summary>
internal sealed class EcsInstance : IAsyncDisposable
{
    public const string ApiKey = "canary-ecs-4711";
    public const string KeyId = "AKIAEXAMPLE";
    public const string Key = "example-key";
    public const string Arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/key-AbCdEf";

    /// <summary>Addresses with which the bridge speaks IPv6, which Docker does not give it by itself.</summary>
    public const string BridgeV6 = "2001:db8:17::1";
    public const string WorkloadV6 = "2001:db8:17::2";
    public const string NetworkV6 = "2001:db8:17::/64";

    /// <summary>What the proxy does, wherever it stands.</summary>
    public const string Transforms = """
        transforms:
          - name: allowlist
            config:
              domains: [httpbin.org]
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: API_KEY}
                  replace: {proxy_value: proxy-token, match_headers: [Authorization]}
                  rules: [{host: httpbin.org}]
        """;

    private const string Policy = $$"""
        dns:
          listen: "172.17.0.1:53"
          proxy_ip: "172.17.0.1"
          upstream_resolver: "{{OutsideWorld.Upstream}}:53"
        proxy:
          http_listen: "172.17.0.1:80"
          https_listen: "172.17.0.1:443"
          upstream_deny_cidrs: []
        metrics:
          listen: "127.0.0.1:9090"
        tls:
          ca_cert: "/certs/ca.crt"
          ca_key: "/certs/ca.key"
        {{Transforms}}
        """;

    private readonly DockerWorld _world;
    private readonly string _folder;
    private readonly Process _bucket;
    private readonly EcsAgent _agent;

    private EcsInstance(DockerWorld world, string folder, Process bucket, int bucketPort)
    {
        (_world, _folder, _bucket) = (world, folder, bucket);
        _agent = new EcsAgent(world, Root, new Dictionary<string, string> { [Arn] = ApiKey })
        {
            Extra = ExtraOf(world, folder, $"127.0.0.1:{bucketPort}"),
            Attributes = new Dictionary<string, string> { ["iron-proxy.closed"] = "true" },
        };
    }

    /// <summary>What stands for the root of the instance's file system.</summary>
    public string Root => Path.Combine(_folder, "root");

    /// <summary>The plans in the bucket.</summary>
    public string Plans => PlansOf(_folder);

    private string Firewall => $"IRON_PROXY_STATE={_folder}/state {_world.OnHost} {Root}/usr/local/sbin/iron-proxy-firewall";

    /// <summary>An instance that has booted, with the proxy as its only task.</summary>
    public static async Task<EcsInstance> StartAsync(DockerWorld world, string name)
    {
        var folder = world.NewFolder(name);
        await File.WriteAllTextAsync(Path.Combine(folder, "proxy.yaml"), Policy);
        (await world.RunAsync(
            $"{ProxyBinaries.Ironc} deploy -t ecs proxy.yaml -o ecs --set account=123456789012 --set region=eu-central-1 --set bucket=example-egress --set image=localhost/iron-proxy:test --set secrets=API_KEY={Arn}",
            folder)).OutputOfSuccess();
        var (bucket, port) = await ServeBucketAsync(world, folder);
        var instance = new EcsInstance(world, folder, bucket, port);
        try
        {
            (await world.RunAsync($"IRON_PROXY_ROOT={instance.Root} bash ecs/instances/user-data.sh && chgrp 10001 {instance.Root}/var/lib/iron-proxy/ca", folder)).OutputOfSuccess();
            (await world.RunAsync(
                $"""
                {world.OnHost} sysctl --quiet --load={instance.Root}/etc/sysctl.d/60-iron-proxy.conf &&
                {world.OnHost} sysctl --quiet -w net.ipv6.conf.all.forwarding=1 &&
                {world.OnHost} ip -6 address add {BridgeV6}/64 dev docker0 nodad
                """)).OutputOfSuccess();
            await world.Outside.Network.IpAsync($"-6 route replace {NetworkV6} via {OutsideWorld.HostV6}");
            (await instance.FirewallAsync("load")).OutputOfSuccess();
            (await instance.FirewallAsync("check")).OutputOfSuccess();
            await instance._agent.RunAsync(instance.Task("task-definition.json"));
            await instance._agent.WaitAsync("iron-proxy"); // As ECS does before it calls the service stable.
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }

        return instance;
    }

    /// <summary>load, check or unload.</summary>
    public Task<ShellResult> FirewallAsync(string command) => _world.RunAsync($"{Firewall} {command}");

    /// <summary>Does what a start or an end of the agent does to the rules of the instance.</summary>
    /// <param name="command">A command of <see cref="EcsInit.Program"/>.</param>
    public async Task StartAgentAsync(string command)
    {
        var program = Path.Combine(_folder, "amazon-ecs-init");
        await File.WriteAllTextAsync(program, EcsInit.Program);
        await OnHostAsync($"bash {program} {command}");
    }

    /// <summary>Runs a command on the instance.</summary>
    public async Task OnHostAsync(string command) => (await _world.RunAsync($"{_world.OnHost} {command}")).OutputOfSuccess();

    /// <summary>A task definition of the folder.</summary>
    public JsonNode Task(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "ecs", file)))!; // It is an object.

    /// <summary>Starts a workload that is wired as the patch says, with mistakes in it.</summary>
    public async Task StartWorkloadAsync(Action<JsonNode>? mistake = null)
    {
        var task = Task("workload/task-definition.patch.json");
        var container = task["containerDefinitions"]![0]!.AsObject(); // There is one.
        container["name"] = "workload";
        container["image"] = "localhost/workload:test";
        container["command"] = new JsonArray("sleep", "600");
        mistake?.Invoke(task);
        await _agent.RunAsync(task);
        (await _world.RunAsync(
            $"""
            enter="nsenter --net=/proc/$(docker inspect workload --format '{"{{.State.Pid}}"}')/ns/net"
            $enter sysctl --quiet -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0 &&
            $enter ip -6 address add {WorkloadV6}/64 dev eth0 nodad &&
            $enter ip -6 route add default via {BridgeV6}
            """)).OutputOfSuccess();
    }

    /// <summary>Runs the doctor's task as it was generated.</summary>
    public async Task<ShellResult> RunDoctorTaskAsync()
    {
        await _agent.RunAsync(Task("workload/doctor.json"));
        return await _world.RunAsync("docker wait doctor && docker logs doctor");
    }

    /// <summary>Runs doctor in the workload.</summary>
    public Task<DoctorReport> AttackAsync() => DoctorProcess.RunAsync(
        ["docker", "--host", _world.DockerHost, "exec", "workload"],
        AttackOn("172.17.0.1"));

    /// <summary>Attacks, and asserts that it holds, that the upstream saw the real secret, and that the workload did not.</summary>
    public Task<DoctorReport> AssertHeldAsync() => _world.Outside.AssertHeldAsync(AttackAsync, ApiKey);

    public async ValueTask DisposeAsync()
    {
        _bucket.Kill();
        await _bucket.WaitForExitAsync();
        _bucket.Dispose();
        await _world.RunAsync("docker rm --force --volumes workload doctor iron-proxy ca");
        (await FirewallAsync("unload")).OutputOfSuccess();
        await OnHostAsync($"ip -6 address del {BridgeV6}/64 dev docker0");
    }

    /// <summary>What containers are given beyond their task: the servers outside have a CA of their own, the bucket is on the instance, and ironc is not in the workload's image.</summary>
    public static IReadOnlyDictionary<string, string> ExtraOf(DockerWorld world, string folder, string bucket) => new Dictionary<string, string>
    {
        ["iron-proxy"] = $"--env SSL_CERT_FILE=/outside.crt --volume {world.OutsideCertificate}:/outside.crt:ro --env AWS_ENDPOINT_URL_S3=http://{bucket} --env AWS_ACCESS_KEY_ID={KeyId} --env AWS_SECRET_ACCESS_KEY={Key}",
        ["workload"] = $"--volume {folder}/ecs/proxy.plan.json:/plan.json:ro --volume {ContainerWorld.Programs}:/doctor:ro",
    };

    /// <summary>What doctor is told in a workload of the instance.</summary>
    /// <param name="bridge">The instance's address there.</param>
    public static DoctorAttack AttackOn(string bridge) => new()
    {
        Program = "/doctor/ironc",
        Policy = "/plan.json",
        Ca = "/etc/iron-proxy-trust/ca.crt",
        Allowed = ["https://httpbin.org/headers"],
        Headers = ["Authorization: Bearer proxy-token"],
        Probes = [.. OutsideWorld.Probes, $"{bridge}:22", $"[{BridgeV6}]:22"],
    };

    private static string PlansOf(string folder) => Path.Combine(folder, "s3", "example-egress", "iron-proxy", "plans");

    /// <summary>The bucket with the plan, on an address of the instance. It answers those who sign as the task's role would.</summary>
    public static async Task<(Process Process, int Port)> ServeBucketAsync(DockerWorld world, string folder, string address = "127.0.0.1")
    {
        var plan = await File.ReadAllBytesAsync(Path.Combine(folder, "ecs", "proxy.plan.json"));
        await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(PlansOf(folder)).FullName, $"{Convert.ToHexStringLower(SHA256.HashData(plan))}.json"), plan);
        string[] command = [.. world.Host.CommandOf("root", "python3", Repository.Path("tests", "e2e", "stubs", "s3.py"), address, "0", Path.Combine(folder, "s3"), "eu-central-1", KeyId, Key)];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true }) ?? throw new InvalidOperationException("python3 could not be started.");
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program) ?? throw new InvalidOperationException("s3.py ended.");
        return (process, int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
