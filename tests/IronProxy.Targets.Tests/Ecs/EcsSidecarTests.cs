using System.Collections.Immutable;
using System.Text.Json.Nodes;
using IronProxy.Targets.Ecs;

namespace IronProxy.Targets.Tests.Ecs;

/// <summary>The task with a sidecar: what belongs together in it. That it holds, the end-to-end tests say.</summary>
public class EcsSidecarTests
{
    internal static readonly string Policy = EcsRenderingTests.Policy
        .Replace("172.17.0.1:53", ":8053", StringComparison.Ordinal).Replace("proxy_ip: 172.17.0.1", "proxy_ip: 127.0.0.1", StringComparison.Ordinal)
        .Replace("172.17.0.1:80\"", ":8080\"", StringComparison.Ordinal).Replace("172.17.0.1:443", ":8443", StringComparison.Ordinal).Replace("172.17.0.1:", ":", StringComparison.Ordinal);

    private static readonly Lazy<ImmutableSortedDictionary<string, string>> Files = new(() => Render(Policy));

    [Fact]
    public void The_rules_come_first_then_the_proxy_then_the_workload()
    {
        Assert.Equal(
            ["firewall: ", "ca: ", "iron-proxy: firewall SUCCESS, ca SUCCESS", "doctor: iron-proxy HEALTHY"],
            Containers(Files.Value, "task-definition.json").Select(c => $"{c["name"]}: {string.Join(", ", Items(c["dependsOn"]).Select(d => $"{d["containerName"]} {d["condition"]}"))}"));
        Assert.Equal("HEALTHY", (string?)Containers(Files.Value, "workload/task-definition.patch.json")[^1]["dependsOn"]![0]!["condition"]); // It has one.
    }

    [Fact]
    public void One_container_may_set_rules_and_none_is_the_proxys_user_but_the_proxy()
    {
        foreach (var container in Containers(Files.Value, "task-definition.json"))
        {
            var capabilities = container["linuxParameters"]!["capabilities"]!; // They have them.
            Assert.Equal("""["ALL"]""", capabilities["drop"]!.ToJsonString()); // They have it.
            Assert.Equal((string?)container["name"] == "firewall" ? """["NET_ADMIN"]""" : null, capabilities["add"]?.ToJsonString());
            Assert.Equal((string?)container["name"] == "iron-proxy", ((string)container["user"]!).StartsWith("10001:", StringComparison.Ordinal)); // They have one.
            Assert.True((bool?)container["readonlyRootFilesystem"]);
        }
    }

    [Fact]
    public void The_workload_mounts_what_it_trusts_and_not_the_key()
    {
        var mount = Assert.Single(Items(Containers(Files.Value, "workload/task-definition.patch.json")[^1]["mountPoints"]));
        Assert.Equal("iron-proxy-trust true", $"{mount["sourceVolume"]} {mount["readOnly"]!.ToJsonString()}"); // It has both.
        Assert.All(Items(Json(Files.Value, "task-definition.json")["volumes"]), v => Assert.Equal("{}", v["host"]!.ToJsonString())); // They have one.
    }

    [Fact]
    public void The_rules_are_of_the_policys_ports_and_users()
    {
        var rules = Rules(Files.Value);
        Assert.Contains("udp dport 53 redirect to :8053", rules, StringComparison.Ordinal);
        Assert.Contains("tcp dport 443 redirect to :8443", rules, StringComparison.Ordinal);
        Assert.Contains("oifname \"lo\" tcp dport { 9090, 9092 } counter reject", rules, StringComparison.Ordinal);
        Assert.Contains("meta skuid != 4711 goto workload", Rules(Render(Policy, "user=4711")), StringComparison.Ordinal);
    }

    /// <summary>Ports below 1024 need a setting of the task's network; others need nothing.</summary>
    [Fact]
    public void Low_ports_are_opened_to_the_proxys_user()
    {
        Assert.Null(Containers(Files.Value, "task-definition.json").Single(c => (string?)c["name"] == "iron-proxy")["systemControls"]);
        var low = Containers(Render(Policy.Replace(":8443", ":443", StringComparison.Ordinal)), "task-definition.json").Single(c => (string?)c["name"] == "iron-proxy");
        Assert.Equal("net.ipv4.ip_unprivileged_port_start", (string?)Assert.Single(Items(low["systemControls"]))["namespace"]);
    }

    [Fact]
    public void Without_rules_nothing_may_set_any()
    {
        var files = Render(Policy, "firewall=false");
        Assert.Equal(["ca", "iron-proxy", "doctor"], Containers(files, "task-definition.json").Select(c => (string?)c["name"]));
        Assert.DoesNotContain("NET_ADMIN", files["task-definition.json"], StringComparison.Ordinal);
        Assert.Contains("There are no rules", files["README.md"], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_instances_is_made()
    {
        Assert.DoesNotContain(Files.Value.Keys, p => p.StartsWith("instances/", StringComparison.Ordinal) || p == "service.json");
        Assert.DoesNotContain("launch", Files.Value["deploy.sh"], StringComparison.Ordinal);
        Assert.Equal(Files.Value, Render(Policy));
    }

    private static ImmutableSortedDictionary<string, string> Render(string policy, params string[] set) => Rendering.Of(new EcsTarget(), policy, [.. EcsRenderingTests.Set, "mode=sidecar", .. set]);

    private static string Rules(ImmutableSortedDictionary<string, string> files) => (string)Containers(files, "task-definition.json")[0]["environment"]![0]!["value"]!; // The first has them.

    private static JsonNode[] Containers(ImmutableSortedDictionary<string, string> files, string file) => [.. Items(Json(files, file)["containerDefinitions"])];

    private static JsonNode Json(ImmutableSortedDictionary<string, string> files, string file) => JsonNode.Parse(files[file])!; // It is an object.

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list is null ? [] : list.AsArray().Select(i => i!); // No list has a null.
}
