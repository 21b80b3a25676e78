using System.Text.Json;
using IronProxy.Cli.Tests.AuditLogs;

namespace IronProxy.Cli.Tests.Commands;

/// <summary>What the commands say of policies with clients.</summary>
public sealed class ClientTests : IDisposable
{
    private const string Policy =
        """
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        proxy:
          tunnel_listen: "127.0.0.1:1080"
          clients:
            - { name: ci, password: { type: env, var: CI_PASSWORD } }
            - { name: agent-7, networks: [10.3.0.0/16] }
        transforms:
          - name: allowlist
            config:
              rules:
                - { host: "open.test" }
                - { host: "api.test", clients: [ci] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: TOKEN }
                  inject: { header: Authorization }
                  rules: [{ host: "*.test", clients: [ci] }]

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _yaml;

    public ClientTests() => _yaml = _folder.Write("proxy.yaml", Policy);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GET https://api.test/x", "ci", 0, "asked by the client ci\n")]
    [InlineData("GET https://api.test/x", "agent-7", 1, "would match if the client were ci\n")]
    [InlineData("GET https://api.test/x", null, 1, "asked by nobody known: the tunnel listener refuses that (client_required)")]
    [InlineData("GET https://open.test/x", null, 0, "verdict: allowed")]
    [InlineData("CONNECT api.test:443", "ci", 0, "verdict: allowed")]
    [InlineData("CONNECT api.test:443", "agent-7", 1, "request_not_allowed")]
    [InlineData("CONNECT open.test:443", null, 1, "client_required")]
    public async Task Explain_is_told_who_asks(string request, string? client, int exit, string says)
    {
        var run = await CliRun.Of(["explain", _yaml, "--request", request, .. client is null ? [] : (string[])["--client", client]]);

        Assert.True(run.Out.Contains(says, StringComparison.Ordinal), run.Out + run.Error);
        Assert.Equal(exit, run.Exit);
    }

    [Fact]
    public async Task Explain_names_the_client_for_programs_and_knows_no_others()
    {
        var json = JsonDocument.Parse((await CliRun.Of("explain", _yaml, "--request", "GET https://api.test/x", "--client", "agent-7", "--json")).Out).RootElement;
        Assert.Equal("agent-7", json.GetProperty("request").GetProperty("client").GetString());
        var nearest = json.GetProperty("verdict").GetProperty("nearest");
        Assert.Equal("client", Assert.Single(nearest.GetProperty("differs").EnumerateArray()).GetString());
        Assert.Equal("ci", Assert.Single(nearest.GetProperty("wanted").GetProperty("clients").EnumerateArray()).GetString());

        Assert.Contains("did you mean agent-7?", (await CliRun.Of("explain", _yaml, "--request", "GET https://api.test/x", "--client", "agent7")).Error, StringComparison.Ordinal);
        var without = _folder.Write("without.yaml", Policies.Good);
        Assert.Contains("has no clients", (await CliRun.Of("prove", without, "never-allows", "api.test", "--client", "ci")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_a_tunnel_listener_alone_serves_nobody_who_is_not_known()
    {
        var closed = _folder.Write("closed.yaml", Policy.Replace("  tunnel_listen:", "  http_listen: \"\"\n  https_listen: \"\"\n  tunnel_listen:", StringComparison.Ordinal));

        Assert.Contains("client_required", (await CliRun.Of("explain", closed, "--request", "GET https://open.test/x")).Out, StringComparison.Ordinal);
        Assert.Contains("open.test/ by agent-7\n", (await CliRun.Of("prove", closed, "never-allows", "open.test/")).Out, StringComparison.Ordinal);
        Assert.Contains("it allows: GET https://open.test/\n", (await CliRun.Of("prove", _yaml, "never-allows", "open.test/")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "never-allows", "api.test", "--client", "agent-7")]
    [InlineData(1, "never-allows", "api.test", "--client", "ci")]
    [InlineData(1, "never-allows", "api.test")]
    [InlineData(0, "only-allows", "open.test", "--client", "agent-7")]
    [InlineData(1, "only-allows", "open.test")]
    [InlineData(0, "never-sends", "TOKEN", "*", "--client", "agent-7")]
    [InlineData(1, "never-sends", "TOKEN", "*")]
    public async Task Prove_speaks_of_one_client_or_of_anybody(int exit, params string[] claim)
    {
        var run = await CliRun.Of(["prove", _yaml, .. claim]);

        Assert.True(run.Exit == exit, run.Out + run.Error);
        Assert.Equal(claim.Contains("--client"), run.Out.Split('\n')[0].EndsWith($" of {claim[^1]}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_counterexample_names_its_client_and_the_command_that_explains_it()
    {
        var run = await CliRun.Of("prove", _yaml, "never-allows", "api.test/");

        Assert.Contains("it allows: GET https://api.test/ by ci\n", run.Out, StringComparison.Ordinal);
        Assert.Contains($"ironc explain {_yaml} --request \"GET https://api.test/\" --client ci\n", run.Out, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await CliRun.Of("prove", _yaml, "never-allows", "api.test/", "--json")).Out).RootElement;
        Assert.Equal("ci", json.GetProperty("counterexample").GetProperty("client").GetString());
    }

    [Fact]
    public async Task Diff_says_whose_requests_become_reachable_and_what_changes_of_clients()
    {
        var wider = _folder.Write("wider.yaml", Policy
            .Replace("{ host: \"api.test\", clients: [ci] }", "{ host: \"api.test\" }", StringComparison.Ordinal)
            .Replace("10.3.0.0/16", "10.0.0.0/8", StringComparison.Ordinal)
            .Replace("        - { host: \"open.test\" }", "        - { host: \"open.test\", clients: [ci, agent-7] }", StringComparison.Ordinal));
        var run = await CliRun.Of("diff", _yaml, wider);

        Assert.Contains("  api.test\n    + any method on any path, by anybody but ci\n        such as GET https://api.test/\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("  open.test\n    - any method on any path, by anybody but agent-7, ci\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("  + proxy.clients: agent-7 may ask from 10.0.0.0/8\n", run.Out, StringComparison.Ordinal);

        var json = JsonDocument.Parse((await CliRun.Of("diff", wider, _yaml, "--json")).Out).RootElement;
        var closed = json.GetProperty("unreachable")[0].GetProperty("requests")[0];
        Assert.Equal("ci", Assert.Single(closed.GetProperty("clientsExcept").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_test_names_the_client_that_asks()
    {
        var tests = _folder.Write(
            "policy.test.yaml",
            """
            policy: proxy.yaml
            tests:
              - { name: ci may, request: "GET https://api.test/", client: ci, expect: allow, injects: [Authorization] }
              - { name: the agent may not, request: "GET https://api.test/", client: agent-7, expect: deny, reason: request_not_allowed }
              - { name: nobody may, request: "CONNECT open.test:443", expect: deny, reason: client_required }
              - { name: who is that, request: "GET https://open.test/", client: cy, expect: allow }
            """);
        var run = await CliRun.Of("test", tests);

        Assert.Equal(1, run.Exit);
        Assert.Contains("the policy has no client 'cy'; did you mean ci?", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains("3 passed, 1 failed", run.Out + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_takes_a_request_for_that_of_the_client_that_the_record_names()
    {
        var log = _folder.Write(
            "audit.jsonl",
            By(Lines.Allowed("GET https://api.test/ci"), "ci") + By(Lines.Allowed("GET https://api.test/agent"), "agent-7") + Lines.Allowed("GET https://api.test/nobody")
            + By(Lines.Allowed("GET https://open.test/gone"), "gone", "tunnel") + By(Lines.Allowed("GET https://open.test/ci"), "ci", "tunnel"));
        var run = await CliRun.Of("replay", log, "--against", _yaml);

        Assert.Contains("newly denied: 3 requests, 3 different\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("https://api.test/agent\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("https://api.test/nobody\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("https://open.test/gone\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("client_required", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("/ci\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Learn_writes_rules_for_the_clients_that_it_has_seen()
    {
        var log = _folder.Write(
            "audit.jsonl",
            By(Lines.Allowed("GET https://api.test/v1"), "ci") + By(Lines.Allowed("GET https://api.test/v2"), "agent-7") + Lines.Allowed("GET https://open.test/v3"));
        var run = await CliRun.Of("learn", log, "--base", _yaml, "--granularity", "host");

        Assert.Equal(0, run.Exit);
        Assert.Contains(
            """
                  domains:
                    - "open.test" # 1 request
                  rules:
                    - host: "api.test" # 1 request
                      clients: [agent-7]
                    - host: "api.test" # 1 request
                      clients: [ci]
            """,
            run.Out,
            StringComparison.Ordinal);

        // A rule without its clients would allow more than was seen.
        var alone = await CliRun.Of("learn", log);
        Assert.Equal((1, ""), (alone.Exit, alone.Out));
        Assert.Contains("--base", alone.Error, StringComparison.Ordinal);
        var other = await CliRun.Of("learn", log, "--base", _folder.Write("other.yaml", Policies.Good));
        Assert.Equal((1, ""), (other.Exit, other.Out));
        Assert.Contains("no such client", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merged_rules_keep_their_clients()
    {
        var rules = _folder.Write("rules.yaml", "rules:\n  - {domain: merged.test, clients: [ci]}\n");
        var run = await CliRun.Of("merge-rules", _yaml, rules);

        Assert.Contains("- host: \"merged.test\"\n          clients: [ci]", run.Out, StringComparison.Ordinal);
    }

    private static string By(string line, string client, string listener = "https")
    {
        var audit = System.Text.Json.Nodes.JsonNode.Parse(line)!;
        audit["audit"]!["client"] = client;
        audit["audit"]!["client_by"] = "password";
        audit["audit"]!["listener"] = listener;
        return audit.ToJsonString() + "\n";
    }
}
