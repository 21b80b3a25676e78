using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Targets.Templates;
using IronProxy.Testing;
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

    /// <summary>Whom the nodes ask for addresses, as on GKE: the metadata service, where no policy of ours lets anybody go otherwise.</summary>
    private const string NodeResolver = "169.254.169.254";

    private const string Workload = "example-workload";

    /// <summary>Addresses of the workload's pod, which are known before it starts: its rules can be there first, or late.</summary>
    private static readonly IPAddress[] WorkloadAddresses = [IPAddress.Parse("10.244.2.20"), IPAddress.Parse("fd00:244:2::20")];

    /// <summary>The API server, which answers every pod that no policy holds: a service of the node, at its address in the workloads' network.</summary>
    private static readonly IPEndPoint ApiServer = IPEndPoint.Parse("10.244.2.1:6443");

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

    /// <summary>The template of its pods.</summary>
    public JsonObject WorkloadTemplate => (JsonObject)Of("Deployment", Workload)["spec"]!["template"]!; // A deployment has one.

    public JsonObject WorkloadSpec => (JsonObject)WorkloadTemplate["spec"]!; // A template has one.

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
            outside.ServeNames(IPAddress.Parse(NodeResolver));
            outside.ServeAlso(cluster.Node, new IPEndPoint(IPAddress.Any, ApiServer.Port));
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
        var pod = Of("Deployment", Workload);
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
        await RemoveWorkloadAsync();
        await ApplyRulesAsync();
        await ShellAsync(PlayCommand(Of("Deployment", Workload)));
    }

    /// <summary>Starts the workload on a network whose plugin applies the policies of its namespace when the first container has written <paramref name="waiting"/>.</summary>
    public async Task StartWorkloadBeforeItsRulesAsync(string waiting)
    {
        await RemoveWorkloadAsync();
        var home = (string?)Of("Deployment", Workload)["metadata"]!["namespace"]; // It has one.
        await Node.ApplyRulesAsync(ClusterRules.Of([.. Manifests.Where(m => (string?)m["kind"] != "NetworkPolicy" || (string?)m["metadata"]!["namespace"] != home)], _pods)); // As above.
        var starting = _world.RunAsync(PlayCommand(Of("Deployment", Workload)));
        Assert.True(await Patience.UntilAsync(async () => (await _world.RunAsync($"{Podman} logs {Workload}-trial")).Output.Contains(waiting, StringComparison.Ordinal)), $"Nothing says '{waiting}'.");
        await AssertWorkloadDoesNotRunAsync();
        await ApplyRulesAsync();
        (await starting).OutputOfSuccess();
    }

    /// <summary>Starts the workload, which has to fail.</summary>
    /// <param name="container">The one whose log is given back.</param>
    public async Task<string> FailToStartWorkloadAsync(string container)
    {
        await RemoveWorkloadAsync();
        await ApplyRulesAsync();
        var result = await _world.RunAsync(PlayCommand(Of("Deployment", Workload)));
        await AssertWorkloadDoesNotRunAsync();
        return result.Output + (await _world.RunAsync($"{Podman} logs {Workload}-{container}")).Output;
    }

    /// <summary>Waits for the health check of the image to succeed in the proxy's container.</summary>
    public Task<string> UntilReadyAsync(string container = "iron-proxy-iron-proxy") =>
        ShellAsync($"for _ in $(seq 1000); do {Podman} exec {container} iron-proxy-health 2> /dev/null && exit 0; sleep 0.2; done; {Podman} logs {container}; exit 1");

    /// <summary>Runs a shell's command line in the proxy's container.</summary>
    public Task<string> InProxyAsync(string script) => ShellAsync($"{Podman} exec iron-proxy-iron-proxy bash -c {ShellText.Quote(script)}");

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

    private static bool IsWorkload(RunningPod pod) => (string?)pod.Labels["app.kubernetes.io/name"] == Workload;

    /// <summary>Removes its pod, and makes room in the rules for the next one.</summary>
    private async Task RemoveWorkloadAsync()
    {
        await ShellAsync($"{Podman} pod rm --force --ignore --time 0 {Workload}");
        _pods.RemoveAll(IsWorkload);
        _pods.Add(PodOf(Of("Deployment", Workload), IsOnNode(WorkloadSpec) ? [] : WorkloadAddresses));
    }

    private async Task AssertWorkloadDoesNotRunAsync() =>
        Assert.DoesNotContain($"{Workload}-workload", await ShellAsync($"{Podman} ps --format '{{{{.Names}}}}'"), StringComparison.Ordinal);

    private static bool IsOnNode(JsonObject spec) => spec["hostNetwork"] is not null;

    private static RunningPod PodOf(JsonObject deployment, IReadOnlyList<IPAddress> addresses)
    {
        var template = (JsonObject)deployment["spec"]!["template"]!; // A deployment has one.
        return new RunningPod(
            (string)deployment["metadata"]!["namespace"]!, // They are there.
            (JsonObject)template["metadata"]!["labels"]!.DeepClone(),
            addresses,
            Containers((JsonObject)template["spec"]!).SelectMany(c => PodmanTranslation.Objects(c["ports"])).ToDictionary(p => (string)p["name"]!, p => (int)p["containerPort"]!)); // Ours have names.
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
        var sysctls = Manifests.SelectMany(m => PodmanTranslation.Objects(m["spec"]?["template"]?["spec"]?["securityContext"]?["sysctls"])).Select(s => $"\"{s["name"]}={s["value"]}\"").Distinct();
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
        var spec = Manifests.Where(m => (string?)m["kind"] == "Deployment")
            .Select(m => (JsonObject)m["spec"]!["template"]!["spec"]!) // A pod has a spec.
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

    private string PlayCommand(JsonObject deployment)
    {
        var pod = PodmanTranslation.ToPod(deployment, NodeResolver, ApiServer);
        var name = (string)pod["metadata"]!["name"]!; // It has one.
        var documents = Manifests.Where(m => (string?)m["kind"] == "ConfigMap").Append(pod).Select(d => d.ToJsonString());
        var file = _folder.Write($"{name}.play.yaml", string.Join("\n---\n", documents));
        var addresses = name == Workload ? ":" + string.Join(',', WorkloadAddresses.Select(a => $"ip={a}")) : "";
        var network = IsOnNode((JsonObject)pod["spec"]!) ? "" : $"--network {deployment["metadata"]!["namespace"]}{addresses}"; // They are there.
        return $"{Podman} kube play {network} {file}";
    }

    /// <summary>Starts the pod of a Deployment. Its addresses are podman's choice.</summary>
    private async Task PlayAsync(JsonObject deployment)
    {
        await ShellAsync(PlayCommand(deployment));
        var infra = (await ShellAsync($"{Podman} pod inspect {deployment["metadata"]!["name"]} --format '{{{{.InfraContainerID}}}}'")).Trim(); // It has a name.
        using var networks = JsonDocument.Parse(await ShellAsync($"{Podman} inspect {infra} --format '{{{{json .NetworkSettings.Networks}}}}'"));
        var addresses = networks.RootElement.EnumerateObject().SelectMany(n => new[] { "IPAddress", "GlobalIPv6Address" }.Select(k => n.Value.GetProperty(k).GetString()));
        _pods.Add(PodOf(deployment, [.. addresses.Where(a => !string.IsNullOrEmpty(a)).Select(a => IPAddress.Parse(a!))])); // Filtered.
    }

    private Task ApplyRulesAsync() => Node.ApplyRulesAsync(ClusterRules.Of(Manifests, _pods));
}
