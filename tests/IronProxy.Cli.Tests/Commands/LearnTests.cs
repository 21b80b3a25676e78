using System.Text;
using IronProxy.Cli.Tests.AuditLogs;

namespace IronProxy.Cli.Tests.Commands;

public sealed class LearnTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What was asked for inside nobody knows, so no path can be learned.</summary>
    [Fact]
    public async Task Of_TLS_that_was_passed_through_whole_hosts_are_learned()
    {
        var run = await Learn(
            Lines.Passed("api.example.com") + Lines.Passed("api.example.com") + Lines.Tunnel("api.example.com:443") + Lines.Passed("192.0.2.7", 8443)
            + Lines.Passed("denied.test", reason: "host_not_allowed", by: "allowlist") + Lines.Passed("down.test", reason: "upstream_unreachable", by: "proxy")
            + Lines.Passed("169.254.169.254") + Lines.Allowed("GET http://plain.example.com/x"));

        Assert.Equal(0, run.Exit);
        Assert.Contains(
            """
                  domains:
                    - "api.example.com" # 2 requests
                  cidrs:
                    - "192.0.2.7/32" # 1 request
                  rules:
                    - host: "plain.example.com" # 1 request
            """,
            run.Out,
            StringComparison.Ordinal);
        Assert.Contains("\"CONNECT down.test:443\" (1 request): upstream_unreachable", run.Out, StringComparison.Ordinal);
        Assert.Equal("ironc: learned 3 hosts from 4 requests; left out 2 requests, see the comments; 1 request had been denied\n", run.Error);
    }

    [Fact]
    public async Task A_log_of_warn_mode_becomes_a_policy_with_counts_and_remarks()
    {
        var run = await Learn(
            Lines.Warned("GET https://api.example.com/users/17") + Lines.Warned("GET https://api.example.com/users/18/posts")
            + Lines.Warned("POST https://api.example.com/users") + Lines.Allowed("GET https://a.example.com/")
            + Lines.Allowed("GET https://b.example.com/%7Ejoe?x") + Lines.Warned("PUT http://192.0.2.7:8080/x")
            + Lines.Warned("GET http://[2001:db8::1]/x")
            + Lines.Failed("GET https://stream.test/", "client_closed")
            + Lines.Tunnel("api.example.com:443", rule: false) + Lines.Tunnel("raw.test:22", rule: false)
            + Lines.Warned("GET http://169.254.169.254/latest/meta-data") + Lines.Warned("GET http://localhost:9090/metrics")
            + Lines.Refused("GET https://api.example.com/a%5cb", "encoded_separator")
            + Lines.Failed("GET https://down.test/", "upstream_unresolved")
            + Lines.Denied("GET https://denied.test/") + Lines.Dns("unlisted.test") + "{\"msg\":\"ready\"}\n");

        Assert.Equal(0, run.Exit);
        Assert.Equal("ironc: learned 6 hosts from 8 requests; left out 5 requests, see the comments; 1 request had been denied\n", run.Error);
        Assert.Equal(
            """
            # Made by 'ironc learn'. What a log does not tell, the sections but transforms, are the quickstart's: fit them to your machine.

            dns:
              listen: ":53"
              proxy_ip: "172.20.0.2" # the address at which workloads reach the proxy

            proxy:
              http_listen: ":80"
              https_listen: ":443"

            tls:
              ca_cert: "/certs/ca.crt"
              ca_key: "/certs/ca.key"

            transforms:
              - name: allowlist
                config:
                  # Learned from 8 requests; a comment at each entry says how often it was seen.
                  # 3 hosts are directly below example.com. Each is listed: a wildcard would allow any other name there too.
                  # Left out:
                  #   "169.254.169.254" (1 request): a metadata service gives out the machine's credentials
                  #   "GET https://api.example.com/a%5cb" (1 request): encoded_separator: the path has a backslash, or a separator that hides a dot segment or is escaped twice
                  #   "GET https://down.test/" (1 request): upstream_unresolved: the host does not resolve
                  #   "localhost" (1 request): that is the proxy's own machine
                  #   "raw.test" (1 request): a tunnel was opened, and no request inside was recorded
                  rules:
                    - cidr: "192.0.2.7/32" # 1 request
                      methods: [PUT]
                      paths:
                        - "/x" # 1
                    - cidr: "2001:db8::1/128" # 1 request
                      methods: [GET]
                      paths:
                        - "/x" # 1
                    - host: "a.example.com" # 1 request
                      methods: [GET]
                      paths:
                        - "/" # 1
                    - host: "api.example.com" # 2 requests
                      methods: [GET]
                      paths:
                        - "/users/*" # 2
                    - host: "api.example.com" # 1 request
                      methods: [POST]
                      paths:
                        - "/users" # 1
                    - host: "b.example.com" # 1 request
                      methods: [GET]
                      paths:
                        - "/~joe" # 1
                    - host: "stream.test" # 1 request
                      methods: [GET]
                      paths:
                        - "/" # 1

            """,
            run.Out);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("method")]
    [InlineData("path")]
    public async Task Whatever_the_log_the_result_is_valid_and_a_replay_denies_nothing_of_it(string granularity)
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var log = RandomLog(new Random(seed));
            _folder.Write("audit.jsonl", log);
            var learned = await CliRun.Of(["learn", _folder.File("audit.jsonl"), "--granularity", granularity, "--out", _folder.File("learned.yaml")]);
            Assert.True(learned.Exit == 0, learned.ToString());

            var validated = await CliRun.Of("validate", "--strict", _folder.File("learned.yaml"));
            Assert.True(validated.Exit == 0, validated.ToString());
            Assert.Equal("", (await CliRun.Of("fmt", "--check", _folder.File("learned.yaml"))).Out);

            var replayed = await CliRun.Of("replay", _folder.File("audit.jsonl"), "--against", _folder.File("learned.yaml"), "--fail-on", "denied");
            Assert.True(replayed.Exit == 0, $"{log}\n{await File.ReadAllTextAsync(_folder.File("learned.yaml"))}\n{replayed}");
            Assert.Contains(" replayed: ", replayed.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_base_keeps_all_but_its_allowlist()
    {
        _folder.Write("proxy.yaml", Policies.Good);
        _folder.Write("audit.jsonl", Lines.Warned("GET https://new.test/"));

        var run = await CliRun.Of("learn", _folder.File("audit.jsonl"), "--base", _folder.File("proxy.yaml"), "-o", _folder.File("proxy.yaml"));

        Assert.True(run.Exit == 0, run.ToString());
        var text = await File.ReadAllTextAsync(_folder.File("proxy.yaml"));
        Assert.Contains("host: \"new.test\" # 1 request\n", text, StringComparison.Ordinal);
        Assert.Contains("GITHUB_TOKEN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("*.example.com", text, StringComparison.Ordinal);
        Assert.Equal(1, (await CliRun.Of("explain", _folder.File("proxy.yaml"), "-r", "GET https://api.github.com/repos/x")).Exit);
    }

    [Fact]
    public async Task A_base_with_errors_is_reported_and_nothing_is_written()
    {
        _folder.Write("proxy.yaml", Policies.FiveMistakes);
        _folder.Write("two.yaml", "tls: {ca_cert: a, ca_key: b}\ntransforms: [{name: allowlist, config: {domains: [a.b]}}, {name: allowlist, config: {domains: [a.b]}}]\n");
        _folder.Write("audit.jsonl", Lines.Warned("GET https://new.test/"));

        var broken = await CliRun.Of("learn", _folder.File("audit.jsonl"), "--base", _folder.File("proxy.yaml"), "-o", _folder.File("out.yaml"));
        var two = await CliRun.Of("learn", _folder.File("audit.jsonl"), "--base", _folder.File("two.yaml"), "-o", _folder.File("out.yaml"));

        Assert.Equal((1, 1), (broken.Exit, two.Exit));
        Assert.EndsWith($"{_folder.File("proxy.yaml")}: 5 errors, so nothing was learned\n", broken.Error, StringComparison.Ordinal);
        Assert.Equal($"ironc: {_folder.File("two.yaml")} cannot take the allowlist: it has 2 allowlists, and none of them in warn mode\n", two.Error);
        Assert.False(File.Exists(_folder.File("out.yaml")));
    }

    [Fact]
    public async Task A_log_in_which_nothing_got_through_teaches_nothing()
    {
        var run = await Learn(Lines.Denied("GET https://a.test/") + Lines.Warned("GET http://127.0.0.1/"));

        Assert.Equal((1, "", "ironc: there is nothing to learn: no request got through; left out 1 request; 1 request had been denied\n"), (run.Exit, run.Out, run.Error));
    }

    [Fact]
    public async Task A_connection_that_never_became_a_request_is_named_by_its_host()
    {
        const string Connection =
            """{"msg":"request","audit":{"host":"HOST","method":"","path":"","mode":"mitm","action":"reject","reason":"tls_handshake","scheme":"https"},"rejected_by":"proxy","request_transforms":[]}""";

        var run = await Learn(Lines.Warned("GET https://new.test/") + Connection.Replace("HOST", "pinned.test", StringComparison.Ordinal) + "\n" + Connection.Replace("HOST", "", StringComparison.Ordinal) + "\n");

        Assert.Contains("#   \"pinned.test\" (1 request): tls_handshake: the TLS handshake did not complete\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("#   \"a connection that named no host\" (1 request): tls_handshake: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_line_is_an_exit_status_and_what_could_be_read_is_learned()
    {
        var run = await Learn(Lines.Warned("GET https://new.test/") + "{\"msg\":\"requ");

        Assert.Equal(1, run.Exit);
        Assert.StartsWith("-:2: this line cannot be read: it is not JSON, or was cut\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("host: \"new.test\" # 1 request\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learn")]
    [InlineData("learn", "a.jsonl", "--granularity", "port")]
    [InlineData("learn", "-", "--base", "-")]
    public async Task Command_lines_that_make_no_sense_are_usage_errors(params string[] args) => Assert.Equal(2, (await CliRun.Of(args)).Exit);

    /// <summary>Requests of every kind that is learned, beside those that policy denied or that were refused before it was asked.</summary>
    private static string RandomLog(Random random)
    {
        string[] hosts = ["api.example.com", "a.example.com", "b.example.com", "x.test", "192.0.2.7", "[2001:db8::1]"];
        string[] segments = ["v1", "users", "17", "d41d8cd98f00b204", "*", "a*b", "%20", "%7E", "", "~x", "'"];
        var log = new StringBuilder();
        for (var i = 0; i < 80; i++)
        {
            var method = random.GetItems(["GET", "POST", "PURGE"], 1)[0];
            var scheme = random.GetItems(["http", "https"], 1)[0];
            var port = random.Next(3) == 0 ? ":8443" : "";
            var host = random.GetItems(hosts, 1)[0];
            var path = random.Next(4) == 0 ? $"n{random.Next(12)}" : string.Join('/', random.GetItems(segments, random.Next(4)));
            var request = $"{method} {scheme}://{host}{port}/{path}";
            log.Append(random.Next(8) switch
            {
                0 => Lines.Denied($"GET https://denied.test/{path}"),
                1 => Lines.Refused($"GET https://{host}/%5c", "encoded_separator"),
                2 or 3 => Lines.Allowed(request),
                4 => Lines.Tunnel($"{host}:443", rule: false) + Lines.Allowed($"{method} https://{host}/{path}"),
                _ => Lines.Warned(request),
            });
        }

        return log.ToString();
    }

    private static Task<CliRun> Learn(string log) => CliRun.Of(["learn", "-"], log);
}
