using System.Text.Json;
using IronProxy.Cli.Tests.AuditLogs;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ReplayTests : IDisposable
{
    private const string Policy =
        """
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        transforms:
          - name: allowlist
            config:
              domains: ["open.test"]
              rules:
                - host: "api.test"
                  methods: ["GET"]
                  paths: ["/v1/*"]
                  schemes: ["https"]
                - cidr: "192.0.2.0/24"

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_change_is_shown_with_what_decides_and_how_often_it_was_recorded()
    {
        var run = await Replay(
            Lines.Allowed("GET https://api.test/v1/a") + Lines.Allowed("GET https://api.test/v1/a")
            + Lines.Allowed("POST https://api.test/v1/a") + Lines.Allowed("POST https://api.test/v1/a")
            + Lines.Allowed("GET https://gone.test/") + Lines.Warned("GET https://new.test:8443/")
            + Lines.Warned("GET https://open.test/x") + Lines.Denied("GET https://open.test/y")
            + Lines.Denied("GET https://api.test/w") + Lines.Denied("GET https://other.test/")
            + Lines.Allowed("GET http://192.0.2.7/") + Lines.Allowed("GET https://[2001:db8::1]:444/z"));

        var at = _folder.File("proxy.yaml");
        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        Assert.Equal(
            $"""
            newly denied: 4 requests, 3 different
              2  POST https://api.test/v1/a
                   was allowed
                   now denied by allowlist at {at}:3:5: request_not_allowed
                     3 |   - name: allowlist
              1  GET https://[2001:db8::1]:444/z
              1  GET https://gone.test/
                   was allowed
                   now denied by allowlist at {at}:3:5: host_not_allowed
                     3 |   - name: allowlist

            let through in warn mode, and denied now: 1 request, 1 different
              1  GET https://new.test:8443/
                   was let through with a warning: host_not_allowed
                   now denied by allowlist at {at}:3:5: host_not_allowed
                     3 |   - name: allowlist

            newly allowed: 2 requests, 2 different
              1  GET https://open.test/x
                   was let through with a warning: host_not_allowed
                   now allowed by the rule at {at}:5:17
                     5 |       domains: ["open.test"]
              1  GET https://open.test/y
                   was denied: host_not_allowed
                   now allowed by the rule at {at}:5:17
                     5 |       domains: ["open.test"]

            denied as before, for another reason: 1 request, 1 different
              1  GET https://api.test/w
                   was denied: host_not_allowed
                   now denied by allowlist at {at}:3:5: request_not_allowed
                     3 |   - name: allowlist

            12 requests replayed: 4 decided as recorded, 4 newly denied, 1 let through in warn mode and denied now, 2 newly allowed, 1 denied for another reason

            """,
            run.Out);
    }

    [Fact]
    public async Task Tunnels_are_asked_about_by_host_and_port()
    {
        var run = await Replay(
            Lines.Tunnel("open.test:22") + Lines.Tunnel("gone.test:443") + Lines.Tunnel("new.test:443", rule: false)
            + Lines.Tunnel("api.test:443", rule: false) + Lines.Tunnel("gone.test:443", rule: false, reason: "host_not_allowed")
            + Lines.Tunnel("192.0.2.9:443", mode: "socks5") + Lines.Tunnel("[2001:db8::1]:443", rule: false, reason: "host_not_allowed"));

        Assert.Contains("newly denied: 1 request, 1 different\n  1  CONNECT gone.test:443\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("let through in warn mode, and denied now: 1 request, 1 different\n  1  CONNECT new.test:443\n       was let through with a warning\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("newly allowed: 1 request, 1 different\n  1  CONNECT api.test:443\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("7 requests replayed: 4 decided as recorded", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_that_was_passed_through_is_asked_about_in_the_same_way()
    {
        var run = await Replay(
            Lines.Passed("open.test") + Lines.Passed("gone.test") + Lines.Passed("api.test", reason: "host_not_allowed", by: "allowlist")
            + Lines.Passed("open.test", reason: "upstream_unreachable", by: "proxy"));

        Assert.Contains("newly denied: 1 request, 1 different\n  1  CONNECT gone.test:443\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("newly allowed: 1 request, 1 different\n  1  CONNECT api.test:443\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("4 requests replayed: 2 decided as recorded", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_replayed_is_counted_with_the_reason()
    {
        var run = await Replay(
            Lines.Refused("GET https://open.test/../", "dot_segment") + Lines.Refused("GET https://open.test/../x", "dot_segment")
            + Lines.Failed("GET https://open.test/", "secret_required", by: "secrets")
            + Lines.Failed("GET https://gone.test/", "secret_required", by: "secrets")
            + Lines.Failed("GET https://open.test/", "upstream_unreachable")
            + Lines.Dns("unlisted.test") + "{\"msg\":\"ready\",\"level\":\"info\"}\n\n");

        Assert.Equal(0, run.Exit);
        Assert.Equal(
            $"""
            denied as before, for another reason: 1 request, 1 different
              1  GET https://gone.test/
                   was denied by secrets: secret_required
                   now denied by allowlist at {_folder.File("proxy.yaml")}:3:5: host_not_allowed
                     3 |   - name: allowlist

            2 requests replayed: 1 decided as recorded, 1 denied for another reason
            not replayed: 3 (not an audit record)
            not replayed: 2 (refused before policy was asked: dot_segment)
            not replayed: 1 (denied by secrets (secret_required), which looks at what the record does not hold)

            """,
            run.Out);
    }

    [Fact]
    public async Task Broken_lines_are_named_and_the_others_are_replayed()
    {
        var run = await Replay("{\"msg\":\n" + Lines.Allowed("GET https://open.test/") + "\uFEFFgarbage\u0000\n" + Lines.Allowed("GET https://gone.test/").TrimEnd());

        var log = _folder.File("audit.jsonl");
        Assert.Equal(1, run.Exit);
        Assert.Equal($"{log}:1: this line cannot be read: it is not JSON, or was cut\n{log}:3: this line cannot be read: it is not JSON, or was cut\n", run.Error);
        Assert.EndsWith("2 requests replayed: 1 decided as recorded, 1 newly denied\nnot read: 2 lines\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thousands_of_broken_lines_are_not_listed()
    {
        var run = await Replay(string.Concat(Enumerable.Repeat("no\n", 5000)));

        Assert.Equal(21, run.Error.Count(c => c == '\n'));
        Assert.EndsWith(": 4980 more lines cannot be read\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_in_warn_mode_denies_nothing_and_still_says_no()
    {
        _folder.Write("proxy.yaml", Policy.Replace("    config:\n", "    config:\n      warn: true\n", StringComparison.Ordinal));
        var log = Lines.Allowed("GET https://gone.test/") + Lines.Denied("GET https://other.test/") + Lines.Warned("GET https://new.test/");

        var run = await Replay(log, policy: null, "--fail-on", "denied");

        Assert.Equal(0, run.Exit);
        Assert.Contains("now let through with a warning by allowlist at ", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("3 requests replayed: 1 decided as recorded, 1 newly denied, 1 denied before and only warned about now\n", run.Out, StringComparison.Ordinal);
        Assert.Equal(1, (await Replay(log, policy: null, "--fail-on", "allowed")).Exit);
    }

    [Theory]
    [InlineData("never", 0, 0, 0, 0)]
    [InlineData("any", 1, 1, 1, 1)]
    [InlineData("denied", 1, 0, 1, 0)]
    [InlineData("allowed", 0, 1, 0, 0)]
    public async Task The_exit_status_says_what_was_asked_for(string failOn, int denied, int allowed, int enforced, int other)
    {
        Assert.Equal(denied, (await Replay(Lines.Allowed("GET https://gone.test/"), Policy, "--fail-on", failOn)).Exit);
        Assert.Equal(allowed, (await Replay(Lines.Denied("GET https://open.test/"), Policy, "--fail-on", failOn)).Exit);
        Assert.Equal(enforced, (await Replay(Lines.Warned("GET https://gone.test/"), Policy, "--fail-on", failOn)).Exit);
        Assert.Equal(other, (await Replay(Lines.Denied("GET https://gone.test/", "request_not_allowed"), Policy, "--fail-on", failOn)).Exit);
        Assert.Equal(0, (await Replay(Lines.Denied("GET https://gone.test/") + Lines.Allowed("GET https://open.test/"), Policy, "--fail-on", failOn)).Exit);
    }

    [Fact]
    public async Task A_secret_that_would_travel_without_TLS_denies_as_in_the_runtime()
    {
        const string Secrets =
            """
              - name: secrets
                config:
                  secrets:
                    - source: { type: env, var: KEY }
                      inject: { header: "X-Key" }
                      rules: [{ host: "open.test" }]

            """;

        var run = await Replay(Lines.Allowed("GET http://open.test/") + Lines.Allowed("GET https://open.test/"), Policy + Secrets);

        Assert.Contains("now denied by secrets at ", run.Out, StringComparison.Ordinal);
        Assert.Contains(": secret_over_plaintext\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("2 requests replayed: 1 decided as recorded, 1 newly denied\n", run.Out, StringComparison.Ordinal);
    }

    /// <summary>Tokens and signatures never travel without TLS, so that no record says that they did.</summary>
    [Theory]
    [InlineData("oauth_token, config: {tokens: [{grant: client_credentials, client_id: {type: env, var: ID}, client_secret: {type: env, var: KEY}, token_endpoint: 'https://login.test/t', RULES}]}")]
    [InlineData("gcp_auth, config: {credentials_provider: {type: workload_identity}, scopes: [openid], RULES}")]
    [InlineData("gcp_id_token, config: {keyfile_path: run/k, audience: a, RULES}")]
    [InlineData("azure_auth, config: {credentials_provider: {type: managed_identity}, scope: 'https://management.azure.com/.default', RULES}")]
    [InlineData("github_app, config: {app_id: 1, installation_id: 1, private_key: {type: env, var: KEY}, RULES}")]
    [InlineData("aws_auth, config: {access_key_id: {type: env, var: ID}, secret_access_key: {type: env, var: KEY}, RULES}")]
    [InlineData("hmac_sign, config: {timestamp: {format: rfc3339}, signature: {algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Path}}'}, credentials: {secret: {type: env, var: KEY}}, headers: [{name: X-S, value: '{{.Signature}}'}], RULES}")]
    public async Task What_is_made_of_credentials_does_not_travel_without_TLS(string step)
    {
        var policy = Policy + $"  - {{name: {step.Replace("RULES", "rules: [{host: open.test}]", StringComparison.Ordinal)}}}\n";

        var run = await Replay(Lines.Allowed("GET http://open.test/") + Lines.Allowed("GET https://open.test/"), policy);

        Assert.Contains(": secret_over_plaintext\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("2 requests replayed: 1 decided as recorded, 1 newly denied\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_that_is_not_opened_is_decided_by_host_and_port()
    {
        var run = await Replay(
            Lines.Allowed("DELETE https://api.test/x") + Lines.Allowed("DELETE http://api.test/x"),
            Policy.Replace("tls: { ca_cert: \"ca.crt\", ca_key: \"ca.key\" }", "tls: { mode: sni-only }", StringComparison.Ordinal));

        Assert.EndsWith("2 requests replayed: 1 decided as recorded, 1 newly denied\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("  1  DELETE http://api.test/x\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_every_change()
    {
        var run = await Replay(string.Concat(Enumerable.Range(0, 120).Select(i => Lines.Allowed($"GET https://gone.test/{i}"))) + Lines.Tunnel("gone.test:1"), Policy, "--json");

        using var json = JsonDocument.Parse(run.Out);
        var changes = json.RootElement.GetProperty("changes").EnumerateArray().ToList();
        Assert.Equal(121, changes.Count);
        Assert.Equal(
            "{\"change\":\"newly_denied\",\"count\":1,\"method\":\"CONNECT\",\"host\":\"gone.test\",\"port\":1,\"recorded\":{\"verdict\":\"allow\"},\"now\":{\"verdict\":\"deny\",\"reason\":\"host_not_allowed\",\"step\":\"allowlist\",\"at\":\"3:5\"}}",
            JsonSerializer.Serialize(changes[0]));
        Assert.Equal((121, 0), (json.RootElement.GetProperty("replayed").GetInt32(), json.RootElement.GetProperty("unchanged").GetInt32()));
        var text = await Replay(null, policy: null);
        Assert.Contains("     and 101 more; --json has them all\n", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_logs_are_one_and_a_file_that_is_missing_does_not_stop_the_others()
    {
        _folder.Write("proxy.yaml", Policy);
        _folder.Write("1.jsonl", Lines.Allowed("GET https://gone.test/"));
        _folder.Write("2.jsonl", Lines.Allowed("GET https://gone.test/"));

        var run = await CliRun.Of(["replay", _folder.File("*.jsonl"), _folder.File("missing"), "-", "--against", _folder.File("proxy.yaml")], Lines.Allowed("GET https://open.test/"));

        Assert.Equal(1, run.Exit);
        Assert.Equal($"ironc: cannot read {_folder.File("missing")}: there is no such file\n", run.Error);
        Assert.Contains("  2  GET https://gone.test/\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("3 requests replayed: 1 decided as recorded, 2 newly denied\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_cannot_write_to_the_terminal()
    {
        var run = await Replay(Lines.Allowed("GET https://open.test/\u001b[2J"));

        Assert.Contains("GET https://open.test/\\u001b[2J\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("now denied: invalid_path\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_errors_ends_it_before_the_logs_are_read()
    {
        var run = await Replay(Lines.Allowed("GET https://open.test/"), Policies.FiveMistakes);

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Contains("5 errors, so nothing was replayed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replay", "a.jsonl")]
    [InlineData("replay", "-", "--against", "-")]
    [InlineData("replay", "a.jsonl", "--against", "git:x")]
    [InlineData("replay", "a.jsonl", "--against", "p.yaml", "--fail-on", "sometimes")]
    public async Task Command_lines_that_make_no_sense_are_usage_errors(params string[] args) => Assert.Equal(2, (await CliRun.Of(args)).Exit);

    private Task<CliRun> Replay(string log) => Replay(log, Policy);

    private Task<CliRun> Replay(string? log, string? policy, params string[] options)
    {
        if (log is not null)
        {
            _folder.Write("audit.jsonl", log);
        }

        if (policy is not null)
        {
            _folder.Write("proxy.yaml", policy);
        }

        return CliRun.Of(["replay", _folder.File("audit.jsonl"), "--against", _folder.File("proxy.yaml"), .. options]);
    }
}
