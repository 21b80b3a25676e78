using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IronProxy.Targets.Ecs;

namespace IronProxy.Targets.Tests.Ecs;

/// <summary>What belongs together in the documents. That AWS takes them, the aws command and the models of its services say in the end-to-end tests.</summary>
public class EcsRenderingTests
{
    internal const string Policy = """
        dns: {listen: "172.17.0.1:53", proxy_ip: 172.17.0.1}
        proxy: {http_listen: "172.17.0.1:80", https_listen: "172.17.0.1:443", tunnel_listen: "172.17.0.1:1080"}
        management: {listen: "127.0.0.1:9092", api_key_env: MANAGEMENT_KEY}
        metrics: {listen: "127.0.0.1:9090"}
        tls: {ca_cert: /certs/ca.crt, ca_key: /keys/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.github.com]}}
          - name: secrets
            config:
              secrets:
                - {source: {type: env, var: TOKEN}, inject: {header: X-A}, rules: [{host: api.github.com}]}
                - {source: {type: aws_sm, secret_id: egress/model}, inject: {header: X-B}, rules: [{host: api.github.com}]}
                - {source: {type: aws_sm, secret_id: "arn:aws:secretsmanager:us-east-1:210987654321:secret:shared-AbCdEf", region: us-east-1}, inject: {header: X-C}, rules: [{host: api.github.com}]}
                - {source: {type: aws_ssm, name: /egress/other}, inject: {header: X-D}, rules: [{host: api.github.com}]}
        """;

    internal static readonly string[] Set =
    [
        "account=123456789012", "region=eu-central-1", "bucket=example-egress", "cluster=agents", "kms_key=arn:aws:kms:eu-central-1:123456789012:key/1234",
        "image=123456789012.dkr.ecr.eu-central-1.amazonaws.com/tools/iron-proxy:0.1.0",
        "secrets=TOKEN=arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/token-AbCdEf:key::,MANAGEMENT_KEY=arn:aws:ssm:eu-central-1:123456789012:parameter/egress/management",
    ];

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Files = new(() => Rendering.Of(new EcsTarget(), Policy, Set));

    [Fact]
    public void Each_role_may_what_it_needs_and_nothing_else()
    {
        Assert.Equal(
            [
                "ecr:BatchGetImage arn:aws:ecr:eu-central-1:123456789012:repository/tools/iron-proxy",
                "ecr:GetAuthorizationToken *",
                "ecr:GetDownloadUrlForLayer arn:aws:ecr:eu-central-1:123456789012:repository/tools/iron-proxy",
                "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/1234",
                "logs:CreateLogStream arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/iron-proxy:*",
                "logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/iron-proxy:*",
                "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/token-AbCdEf",
                "ssm:GetParameters arn:aws:ssm:eu-central-1:123456789012:parameter/egress/management",
            ],
            Statements("iam/execution-role.json"));
        Assert.Equal(
            [
                "kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/1234",
                "s3:GetObject arn:aws:s3:::example-egress/iron-proxy/plans/*",
                "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/model-??????",
                "secretsmanager:GetSecretValue arn:aws:secretsmanager:us-east-1:210987654321:secret:shared-AbCdEf",
                "ssm:GetParameter arn:aws:ssm:eu-central-1:123456789012:parameter/egress/other",
            ],
            Statements("iam/task-role.json"));
    }

    [Theory]
    [InlineData("eu-west-1", "arn:aws:")]
    [InlineData("cn-north-1", "arn:aws-cn:")]
    [InlineData("us-gov-west-1", "arn:aws-us-gov:")]
    public void ARNs_are_those_of_the_regions_partition(string region, string prefix)
    {
        var files = Rendering.Of(new EcsTarget(), Policy, [.. Set.Where(s => !s.StartsWith("region=", StringComparison.Ordinal)), $"region={region}"]);
        Assert.Contains($"\"{prefix}s3:::example-egress", files["iam/task-role.json"], StringComparison.Ordinal);
        Assert.StartsWith(prefix, (string?)Json(files["task-definition.json"])["taskRoleArn"], StringComparison.Ordinal);
    }

    /// <summary>Another policy has another name, so that a revision finds its own for as long as there is one.</summary>
    [Fact]
    public void A_revision_names_its_plan_by_what_is_in_it()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Files.Value["proxy.plan.json"])));
        Assert.Equal(["-plan", $"s3://example-egress/iron-proxy/plans/{hash}.json", "-plan-hash", hash], Items(Container("task-definition.json", "iron-proxy")["command"]).Select(a => (string?)a));
        var other = Json(Rendering.Of(new EcsTarget(), Policy.Replace("domains: [api.github.com]", "domains: [api.github.com, example.com]", StringComparison.Ordinal), Set)["task-definition.json"]);
        Assert.DoesNotContain(hash, other.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_are_placed_on_instances_that_say_that_they_are_closed_and_on_no_others()
    {
        foreach (var file in new[] { "task-definition.json", "workload/task-definition.patch.json", "workload/doctor.json" })
        {
            Assert.Equal("""{"type":"memberOf","expression":"attribute:iron-proxy.closed == true"}""", Assert.Single(Items(Json(file, "placementConstraints"))).ToJsonString());
        }
    }

    [Fact]
    public void Secrets_come_from_where_the_options_say_and_are_in_no_environment()
    {
        var proxy = Container("task-definition.json", "iron-proxy");
        Assert.Equal(["MANAGEMENT_KEY", "TOKEN"], Items(proxy["secrets"]).Select(s => (string?)s["name"]));
        Assert.DoesNotContain(Items(proxy["environment"]), e => (string?)e["name"] is "TOKEN" or "MANAGEMENT_KEY");
    }

    [Theory]
    [InlineData("daemon", Policy)]
    [InlineData("sidecar", null)]
    public void A_collector_is_in_the_proxys_environment_and_its_headers_are_a_secret(string mode, string? policy)
    {
        const string Headers = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/collector-AbCdEf";
        var files = Rendering.Of(
            new EcsTarget(), policy ?? EcsSidecarTests.Policy,
            [.. Set, $"mode={mode}", "name=egress", "otlp_endpoint=https://collector.example.com:4318", "otlp_protocol=grpc", "otlp_signals=metrics, traces", $"otlp_headers={Headers}"]);
        var containers = Items(Json(files["task-definition.json"])["containerDefinitions"]).ToDictionary(c => (string)c["name"]!); // They have one.
        var environment = Items(containers["iron-proxy"]["environment"]).Select(e => $"{e["name"]}={e["value"]}");
        Assert.Equal(
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT=https://collector.example.com:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_LOGS_EXPORTER=none", "OTEL_METRICS_EXPORTER=otlp", "OTEL_SERVICE_NAME=egress",
                "OTEL_TRACES_EXPORTER=otlp",
            ],
            environment.Where(e => e.StartsWith("OTEL_", StringComparison.Ordinal)));
        Assert.Contains($"OTEL_EXPORTER_OTLP_HEADERS={Headers}", Items(containers["iron-proxy"]["secrets"]).Select(s => $"{s["name"]}={s["valueFrom"]}"));
        Assert.Contains(Headers, files["iam/execution-role.json"], StringComparison.Ordinal);
        Assert.DoesNotContain(Headers, files["iam/task-role.json"], StringComparison.Ordinal);
        Assert.All(containers.Where(c => c.Key != "iron-proxy"), c => Assert.DoesNotContain("OTEL_", c.Value.ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_collector_the_environment_names_none() => Assert.DoesNotContain("OTEL_", Files.Value["task-definition.json"], StringComparison.Ordinal);

    [Fact]
    public void Every_mount_has_a_volume_and_the_workload_has_none_with_the_key()
    {
        var volumes = Items(Json("task-definition.json", "volumes")).ToDictionary(v => (string)v["name"]!, v => (string?)v["host"]!["sourcePath"]); // They have both.
        var mounts = Items(Json("task-definition.json", "containerDefinitions")).SelectMany(c => Items(c["mountPoints"])).ToArray();
        Assert.Equal(volumes.Keys.Order(), mounts.Select(m => (string)m["sourceVolume"]!).Distinct().Order()); // Mounts name one.
        Assert.All(Items(Container("task-definition.json", "iron-proxy")["mountPoints"]), m => Assert.True((bool?)m["readOnly"]));

        foreach (var file in new[] { "workload/task-definition.patch.json", "workload/doctor.json" })
        {
            var volume = Assert.Single(Items(Json(file, "volumes")));
            Assert.Equal("/var/lib/iron-proxy/trust", (string?)volume["host"]!["sourcePath"]); // It is on the host.
            Assert.True((bool?)Assert.Single(Items(Items(Json(file, "containerDefinitions")).Single()["mountPoints"]))["readOnly"]);
            Assert.Equal("bridge", (string?)Json(file, "networkMode"));
        }
    }

    [Fact]
    public void Containers_have_no_capability_and_cannot_write_their_files()
    {
        foreach (var container in Items(Json("task-definition.json", "containerDefinitions")))
        {
            Assert.True((bool?)container["readonlyRootFilesystem"]);
            Assert.Equal("""{"drop":["ALL"]}""", container["linuxParameters"]!["capabilities"]!.ToJsonString()); // They have them.
            Assert.Equal("""["no-new-privileges"]""", container["dockerSecurityOptions"]!.ToJsonString()); // They have them.
            Assert.Null(container["privileged"]);
        }
    }

    [Fact]
    public void Without_a_CA_there_is_no_container_for_it_and_nothing_to_trust()
    {
        var files = Rendering.Of(new EcsTarget(), Policy.Replace("{ca_cert: /certs/ca.crt, ca_key: /keys/ca.key}", "{mode: sni-only}", StringComparison.Ordinal).Split("  - name: secrets")[0], [.. Set.Where(s => !s.StartsWith("secrets=", StringComparison.Ordinal)), "secrets=MANAGEMENT_KEY=arn:aws:ssm:eu-central-1:123456789012:parameter/egress/management"]);
        Assert.Equal("iron-proxy", (string?)Assert.Single(Items(Json(files["task-definition.json"])["containerDefinitions"]))["name"]);
        Assert.DoesNotContain("trust", files["workload/task-definition.patch.json"], StringComparison.Ordinal);
        Assert.DoesNotContain("/var/lib/iron-proxy", files["instances/user-data.sh"], StringComparison.Ordinal);
    }

    /// <summary>EC2 takes 16 KiB of user data.</summary>
    [Fact]
    public void The_user_data_is_not_too_long() => Assert.InRange(Encoding.UTF8.GetByteCount(Files.Value["instances/user-data.sh"]), 1, 16 * 1024);

    [Fact]
    public void The_same_policy_gives_the_same_bytes() => Assert.Equal(Files.Value, Rendering.Of(new EcsTarget(), Policy, Set));

    private static IEnumerable<string> Statements(string file) =>
        Items(Json(file, "Statement")).SelectMany(s => (s["Resource"] is JsonArray list ? Items(list) : [s["Resource"]!]).Select(r => $"{s["Action"]} {r}")); // They have one.

    private static JsonNode Container(string file, string name) => Items(Json(file, "containerDefinitions")).Single(c => (string?)c["name"] == name);

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject(); // It is an object.

    private static JsonNode Json(string file, string key) => Json(Files.Value[file])[key]!; // Tests ask for what is there.

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list is null ? [] : list.AsArray().Select(i => i!); // No list has a null.
}
