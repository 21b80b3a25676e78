using System.Text;
using System.Text.Json;
using IronProxy.Cli.Tests.AuditLogs;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ReportTests : IDisposable
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

        """;

    private static readonly string Log =
        Lines.Allowed("GET https://open.test/a") + Lines.Allowed("GET https://open.test/a") + Lines.Allowed("GET https://open.test/b")
        + Lines.Allowed("GET https://api.test/v1") + Lines.Denied("POST https://api.test/v1", "request_not_allowed") + Lines.Denied("GET https://evil.test/") + Lines.Dns("unlisted.test");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Hosts_are_listed_with_what_decided_and_denied_ones_come_first()
    {
        var run = await Report(Log, "--policy", _folder.Write("proxy.yaml", Policy));
        var at = _folder.File("proxy.yaml");
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Equal(
            $"""
            host         allowed     denied
            api.test           1          1
                request_not_allowed  {at}:3  - name: allowlist
                {at}:7  - host: "api.test"
            evil.test          0          1
                host_not_allowed  {at}:3  - name: allowlist
            open.test          3          0
                {at}:5  domains: ["open.test"]

            6 requests to 3 hosts: 4 allowed, 2 denied

            """,
            run.Out);
    }

    [Fact]
    public async Task Without_a_policy_there_are_reasons_and_with_paths_requests()
    {
        var run = await Report(Lines.Warned("GET https://new.test/a") + Lines.Warned("GET https://new.test/a"), "--paths");
        Assert.Equal(
            """
            host        allowed     warned     denied
            new.test          0          2          0
                host_not_allowed
                      2  warned    GET https://new.test/a

            2 requests to 1 host: 2 let through in warn mode

            """,
            run.Out);
    }

    [Fact]
    public async Task What_another_policy_decided_is_not_put_down_to_a_line_of_this_one()
    {
        var run = await Report(Lines.Allowed("GET https://gone.test/"), "--policy", _folder.Write("proxy.yaml", Policy));
        Assert.Equal(
            """
            host         allowed     denied
            gone.test          1          0

            1 request to 1 host: 1 allowed
            the policy decides 1 of them otherwise now: 'ironc replay' shows which

            """,
            run.Out);
    }

    [Theory]
    [InlineData("http://api.test/v1", "secret_over_plaintext", 15, 11, "15", "- source: { type: env, var: A_TOKEN }")]
    [InlineData("https://api.test/v1", "secret_required", 17, 19, "17", "rules: [{ host: \"api.test\" }]")]
    [InlineData("https://api.test/v1", "secret_required", 99, 7, "9", "- name: secrets")]
    [InlineData("https://api.test/v1", "secret_required", 0, 0, "9", "- name: secrets")]
    public async Task What_a_secret_denied_is_put_down_to_its_entry_and_not_to_the_allowlist(string url, string reason, int line, int column, string shown, string text)
    {
        var policy = _folder.Write(
            "proxy.yaml",
            Policy +
            """
              - name: secrets
                config:
                  secrets:
                    - source: { type: env, var: OTHER }
                      replace: { proxy_value: "proxy-other-token", match_headers: ["Authorization"], require: true }
                      rules: [{ host: "other.test" }]
                    - source: { type: env, var: A_TOKEN }
                      replace: { proxy_value: "proxy-github-token", match_headers: ["Authorization"], require: true }
                      rules: [{ host: "api.test" }]

            """);
        var log = Lines.Failed($"GET {url}", reason, by: "secrets", line == 0 ? null : (line, column));
        var run = await Report(log, "--policy", policy);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains($"    {reason}  {policy}:{shown}  {text}\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markdown_holds_the_table_and_the_lines_of_the_policy()
    {
        var policy = _folder.Write("proxy.yaml", Policy);
        var run = await Report(Log, "--format", "markdown", "--policy", policy);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.StartsWith(
            """
            ### Egress

            6 requests to 3 hosts: 4 allowed, 2 denied.

            | | Host | Allowed | Warned | Denied | Decided by |
            |---|---|--:|--:|--:|---|
            | ❌ | <code>api.test</code> | 1 | 0 | 1 | <code>request&#95;not&#95;allowed</code> 
            """,
            run.Out,
            StringComparison.Ordinal);
        Assert.Contains("&#58;5 <code>domains&#58; &#91;&#34;open.test&#34;&#93;</code> |", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("<details>", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a|b")]
    [InlineData("`a`")]
    [InlineData("[a](https://evil.test)")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("a\n# heading")]
    [InlineData("@everyone")]
    [InlineData("\u202emoc.live")]
    [InlineData("\u001b[2J")]
    public async Task What_a_workload_chose_is_only_text(string host)
    {
        var line = Lines.Denied("GET https://evil.test/").Replace("evil.test", JsonEncodedText.Encode(host).ToString(), StringComparison.Ordinal);
        foreach (var format in new[] { "markdown", "text" })
        {
            var run = await Report(line, "--format", format, "--paths");
            Assert.Equal((0, ""), (run.Exit, run.Error));
            Assert.DoesNotContain('\u202e', run.Out);
            Assert.DoesNotContain('\u001b', run.Out);
            Assert.DoesNotContain("\n# heading", run.Out, StringComparison.Ordinal);
            if (format == "markdown")
            {
                Assert.DoesNotContain(host, run.Out, StringComparison.Ordinal);
                Assert.DoesNotContain("<img", run.Out, StringComparison.Ordinal);
                Assert.All(run.Out.Split('\n').Where(l => l.StartsWith("| ❌", StringComparison.Ordinal)), l => Assert.Equal(7, l.Count(c => c == '|')));
            }
        }
    }

    [Fact]
    public async Task Json_has_everything()
    {
        var run = await Report(Log, "--json", "--policy", _folder.Write("proxy.yaml", Policy));
        var hosts = JsonDocument.Parse(run.Out).RootElement.GetProperty("hosts");
        Assert.Equal(["api.test", "evil.test", "open.test"], hosts.EnumerateArray().Select(h => h.GetProperty("host").GetString()));
        var request = hosts[0].GetProperty("requests")[0];
        Assert.Equal("denied", request.GetProperty("answer").GetString());
        Assert.Equal("request_not_allowed", request.GetProperty("reason").GetString());
        Assert.Equal("3:5", request.GetProperty("at").GetString());
    }

    [Fact]
    public async Task Lines_that_cannot_be_read_are_said_and_give_1()
    {
        var run = await Report(Log + "{\"audit\":\n");
        Assert.Equal(1, run.Exit);
        Assert.Contains("not read: 1 line", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_was_written_as_text_is_told_of_once(bool color)
    {
        var text = string.Concat(Enumerable.Repeat(new LogText(color).Of(Encoding.UTF8.GetBytes(Lines.Allowed("GET https://open.test/a").Trim())) + "\n", 30));
        var run = await Report(Lines.Allowed("GET https://open.test/a") + text);
        Assert.Equal(1, run.Exit);
        Assert.Equal(
            $"{_folder.File("audit.jsonl")}:2: this line was written with log.format: text, which is for people: leave log.format out to have a log that can be read here\n",
            run.Error);
        Assert.Contains("not read: 30 lines", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_log_has_no_table()
    {
        var run = await Report("");
        Assert.Equal((0, "0 requests to 0 hosts\n"), (run.Exit, run.Out));
    }

    private Task<CliRun> Report(string log, params string[] arguments) => CliRun.Of(["report", _folder.Write("audit.jsonl", log), .. arguments]);
}
