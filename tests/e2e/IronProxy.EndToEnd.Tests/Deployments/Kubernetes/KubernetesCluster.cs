using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Kubernetes;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>
/// A cluster of one node, in network namespaces: podman runs the pods that 'ironc deploy --target k8s' wrote, those of each Kubernetes
/// namespace on a network of their own, and <see cref="ClusterRules"/> stands in for kube-proxy and the network plugin. Tests change
/// <see cref="Manifests"/>, as somebody who makes a mistake would, and apply them.
/// </summary>
internal sealed class KubernetesCluster : IAsyncDisposable
{
    public const string RealKey = "canary-real-key-4711";
    public const string Placeholder = "placeholder-key";

    private const string Workload = "example-workload";

    private readonly PodmanWorld _world;
    private readonly ProxyFolder _folder;
    private readonly List<RunningPod> _pods = [];
    private IReadOnlyList<JsonObject> _generated = [];

    private KubernetesCluster(PodmanWorld world, ProxyFolder folder, OutsideWorld outside, NetworkNamespace node)
    {
        _world = world;
        _folder = folder;
        Outside = outside;
        Node = node;
    }

    public OutsideWorld Outside { get; }

    public NetworkNamespace Node { get; }

    /// <summary>What was generated, the example workload included.</summary>
    public List<JsonObject> Manifests { get; } = [];

    public JsonObject WorkloadSpec => (JsonObject)Of("Pod", Workload)["spec"]!; // A pod has one.

    private string Podman => $"CONTAINERS_CONF={_folder.File("containers.conf")} nsenter --net=/run/netns/{Node.Name} {_world.Podman} --network-config-dir {_folder.File("networks")}";

    /// <summary>Generates a deployment for a node that nothing runs on yet.</summary>
    public static async Task<KubernetesCluster> CreateAsync(PodmanWorld world, string policy, params string[] options)
    {
        var folder = ProxyFolder.Create();
        var outside = await OutsideWorld.StartAsync(folder.UpstreamCertificate(["api.example.com"]));
        var cluster = new KubernetesCluster(world, folder, outside, await NetworkNamespace.CreateAsync("node"));
        try
        {
            await outside.ConnectAsync(cluster.Node);
            await cluster.GenerateAsync(policy, options);
            await cluster.PrepareAsync();
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        cluster._generated = [.. cluster.Manifests.Select(m => (JsonObject)m.DeepClone())];
        return cluster;
    }

    /// <summary>Takes back what a test changed in the manifests.</summary>
    public void Restore()
    {
        Manifests.Clear();
        Manifests.AddRange(_generated.Select(m => (JsonObject)m.DeepClone()));
    }

    /// <summary>What the admission controller of the namespace would say of the workload; empty when it lets it in.</summary>
    public string RefusalOfWorkload()
    {
        var pod = Of("Pod", Workload);
        var @namespace = Of("Namespace", (string)pod["metadata"]!["namespace"]!); // It names it.
        return PodSecurity.Refusal(pod, (string?)@namespace["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]); // Ours have labels.
    }

    public JsonObject Of(string kind, string name) => Manifests.Single(m => (string?)m["kind"] == kind && (string?)m["metadata"]!["name"] == name); // They have a name.

    /// <summary>Starts the proxy of the Deployment, and waits until it is ready.</summary>
    public async Task StartProxyAsync()
    {
        await PlayAsync(Of("Deployment", "iron-proxy"));
        await UntilReadyAsync();
    }

    /// <summary>Starts the example workload, in place of one that is there, behind the rules that the manifests ask for now.</summary>
    public async Task StartWorkloadAsync()
    {
        await ShellAsync($"{Podman} pod rm --force --ignore --time 0 {Workload}");
        _pods.RemoveAll(p => (string?)p.Labels["app.kubernetes.io/name"] == Workload);
        await PlayAsync(Of("Pod", Workload));
        await ApplyRulesAsync();
    }

    /// <summary>Starts the workload, which has to fail.</summary>
    public async Task<string> FailToStartWorkloadAsync()
    {
        var result = await _world.RunAsync(PlayCommand(Of("Pod", Workload)));
        var running = await ShellAsync($"{Podman} ps --format '{{{{.Names}}}}'");
        Assert.DoesNotContain($"{Workload}-workload", running, StringComparison.Ordinal);
        return result.Output + (await _world.RunAsync($"{Podman} logs {Workload}-firewall")).Output;
    }

    /// <summary>Waits for the health check of the image to succeed in the proxy's container.</summary>
    public Task<string> UntilReadyAsync(string container = "iron-proxy-iron-proxy") =>
        ShellAsync($"for _ in $(seq 1000); do {Podman} exec {container} iron-proxy-health 2> /dev/null && exit 0; sleep 0.2; done; {Podman} logs {container}; exit 1");

    public Task<string> InWorkloadAsync(string command) => ShellAsync($"{Podman} exec {Workload}-workload {command}");

    public Task<string> LogsAsync(string container = "iron-proxy-iron-proxy") => ShellAsync($"{Podman} logs {container}");

    /// <summary>Runs doctor in the workload: as its user, with its mounts and variables.</summary>
    public async Task<DoctorReport> AttackAsync()
    {
        await ShellAsync($"{Podman} cp {_folder.File("proxy.plan.json")} {Workload}-workload:/tmp/proxy.plan.json");
        string[] inside =
        [
            "env", $"CONTAINERS_CONF={_folder.File("containers.conf")}", "nsenter", $"--net=/run/netns/{Node.Name}",
            _world.Podman, "--network-config-dir", _folder.File("networks"), "exec", $"{Workload}-workload",
        ];
        return await DoctorProcess.RunAsync(inside, new DoctorAttack
        {
            Program = "ironc",
            Policy = "/tmp/proxy.plan.json",
            Ca = "/trust/ca.crt",
            Allowed = ["https://api.example.com/v1/x"],
            Headers = [$"Authorization: Bearer {Placeholder}"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _world.RunAsync($"{Podman} pod rm --force --all --time 0; {Podman} secret rm --all; {Podman} volume prune --force; {Podman} network rm --force iron-proxy agents");
        await Node.DisposeAsync();
        await Outside.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<string> ShellAsync(string script) => (await _world.RunAsync(script)).OutputOfSuccess();

    private async Task GenerateAsync(string policy, IEnumerable<string> options)
    {
        _folder.Compile(policy);
        var set = string.Join(' ', options.Prepend("image=localhost/iron-proxy:test").Select(o => $"--set {o}"));
        await ShellAsync($"{ProxyBinaries.Ironc} deploy -t k8s {_folder.Write("proxy.yaml", policy)} -o {_folder.File("k8s")} {set}");
        Manifests.AddRange(ManifestFolder.Read(_folder.File("k8s"), Directory.GetFiles(_folder.File("k8s"), "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml").Order(StringComparer.Ordinal)));
    }

    private async Task PrepareAsync()
    {
        // Sysctls of pods are no business of 'kube play': these are what the manifests ask for.
        var sysctls = Manifests.SelectMany(m => PodmanTranslation.Objects((m["spec"]?["template"]?["spec"] ?? m["spec"])?["securityContext"]?["sysctls"])).Select(s => $"\"{s["name"]}={s["value"]}\"").Distinct();
        _folder.Write(
            "containers.conf",
            (await File.ReadAllTextAsync(_world.ContainersConf)).Replace("[containers]\n", $"[containers]\ndefault_sysctls=[{string.Join(", ", sysctls)}]\n", StringComparison.Ordinal));
        await ShellAsync($"""
            mkdir {_folder.File("networks")}
            {Podman} network create --disable-dns --ipv6 --subnet 10.244.1.0/24 --subnet fd00:244:1::/64 iron-proxy
            {Podman} network create --disable-dns --ipv6 --subnet 10.244.2.0/24 --subnet fd00:244:2::/64 agents
            """);

        // What the README has users create.
        var ca = new Dictionary<string, string> { ["ca.crt"] = await File.ReadAllTextAsync(_folder.CaFile), ["ca.key"] = await File.ReadAllTextAsync(_folder.File("ca.key")) };
        await CreateSecretAsync("iron-proxy-ca", ca, forVolume: true);
        await CreateSecretAsync("iron-proxy-secrets", new Dictionary<string, string> { ["API_KEY"] = RealKey }, forVolume: false);
        Manifests.Add(ConfigMap("iron-proxy-ca-certificate", "ca.crt", ca["ca.crt"]));

        // The upstream's CA is none of the public ones: a user with one of the company's own adds the same.
        Manifests.Add(ConfigMap("upstream-ca", "ca.crt", await File.ReadAllTextAsync(_folder.UpstreamCaFile)));
        var (spec, container) = Proxy();
        ((JsonArray)container["env"]!).Add(new JsonObject { ["name"] = "SSL_CERT_FILE", ["value"] = "/upstream/ca.crt" }); // It has variables.
        ((JsonArray)container["volumeMounts"]!).Add(new JsonObject { ["name"] = "upstream", ["mountPath"] = "/upstream" }); // And mounts.
        ((JsonArray)spec["volumes"]!).Add(new JsonObject { ["name"] = "upstream", ["configMap"] = new JsonObject { ["name"] = "upstream-ca" } }); // And volumes.
    }

    private async Task CreateSecretAsync(string name, IReadOnlyDictionary<string, string> values, bool forVolume) =>
        (await _world.RunAsync($"{Podman} secret create {name} -", input: PodmanTranslation.ToSecret(name, values, forVolume))).OutputOfSuccess();

    /// <summary>The pod that holds the proxy: the Deployment's, or the workload's own.</summary>
    private (JsonObject Spec, JsonObject Container) Proxy()
    {
        var spec = Manifests.Where(m => (string?)m["kind"] is "Deployment" or "Pod")
            .Select(m => (JsonObject)(m["spec"]!["template"]?["spec"] ?? m["spec"])!) // A pod has a spec.
            .Single(s => Containers(s).Any(c => (string?)c["name"] == "iron-proxy"));
        return (spec, Containers(spec).Single(c => (string?)c["name"] == "iron-proxy"));
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) => PodmanTranslation.Objects(spec["initContainers"]).Concat(PodmanTranslation.Objects(spec["containers"]));

    private static JsonObject ConfigMap(string name, string key, string value) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["data"] = new JsonObject { [key] = value },
    };

    private string PlayCommand(JsonObject manifest)
    {
        var pod = PodmanTranslation.ToPod(manifest, OutsideWorld.Upstream);
        var name = (string)pod["metadata"]!["name"]!; // It has one.
        var documents = Manifests.Where(m => (string?)m["kind"] == "ConfigMap").Append(pod).Select(d => d.ToJsonString());
        var file = _folder.Write($"{name}.play.yaml", string.Join("\n---\n", documents));
        var network = pod["spec"]!["hostNetwork"] is null ? $"--network {manifest["metadata"]!["namespace"]}" : ""; // They are there.
        return $"{Podman} kube play {network} {file}";
    }

    private async Task PlayAsync(JsonObject manifest)
    {
        await ShellAsync(PlayCommand(manifest));
        var pod = PodmanTranslation.ToPod(manifest, OutsideWorld.Upstream);
        var infra = (await ShellAsync($"{Podman} pod inspect {pod["metadata"]!["name"]} --format '{{{{.InfraContainerID}}}}'")).Trim(); // It has a name.
        using var networks = JsonDocument.Parse(await ShellAsync($"{Podman} inspect {infra} --format '{{{{json .NetworkSettings.Networks}}}}'"));
        var addresses = networks.RootElement.ValueKind == JsonValueKind.Object
            ? networks.RootElement.EnumerateObject().SelectMany(n => new[] { "IPAddress", "GlobalIPv6Address" }.Select(k => n.Value.GetProperty(k).GetString()))
            : [];
        var spec = (manifest["spec"]!["template"]?["spec"] ?? manifest["spec"])!.AsObject(); // A pod has one.
        _pods.Add(new RunningPod(
            (string)manifest["metadata"]!["namespace"]!, // They are there.
            (JsonObject)pod["metadata"]!["labels"]!.DeepClone(),
            [.. addresses.Where(a => !string.IsNullOrEmpty(a)).Select(a => IPAddress.Parse(a!))], // Filtered.
            Containers(spec).SelectMany(c => PodmanTranslation.Objects(c["ports"])).ToDictionary(p => (string)p["name"]!, p => (int)p["containerPort"]!))); // Ours have names.
    }

    private Task ApplyRulesAsync() => Node.ApplyRulesAsync(ClusterRules.Of(Manifests, _pods));
}
