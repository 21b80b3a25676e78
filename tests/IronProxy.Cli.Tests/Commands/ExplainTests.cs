using System.Text.Json;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ExplainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _yaml;

    public ExplainTests() => _yaml = _folder.Write("proxy.yaml", Policies.Good);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_allowed_request_names_the_rule_and_shows_its_line()
    {
        var run = await Explain("GET https://api.github.com/repos/x");

        Assert.Equal(0, run.Exit);
        Assert.Contains($"1. allowlist ({_yaml}:7:5) continues", run.Out, StringComparison.Ordinal);
        Assert.Contains(
            $"   by rules[0] at {_yaml}:11:11\n"
            + "     11 |         - host: \"api.github.com\"\n"
            + "     12 |           methods: [\"GET\", \"POST\"]\n"
            + "     13 |           paths: [\"/repos/*\"]\n",
            run.Out,
            StringComparison.Ordinal);
        Assert.Contains("host class ", run.Out, StringComparison.Ordinal);
        Assert.Contains($"verdict: allowed by the rule at {_yaml}:11:", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET https://evil.example/", "denied")]
    [InlineData("CONNECT evil.example:443", "denied")]
    [InlineData("GET https://github.com/", "denied")] // Names below it are listed, and it has no address.
    [InlineData("GET https://api.github.com/user", null)]
    [InlineData("CONNECT api.github.com:443", null)]
    [InlineData("GET https://192.0.2.1/", null)]
    [InlineData("GET https://db.evil.example/", null)]
    [InlineData("GET https://a.corp.example/", null)]
    public async Task Whether_a_host_resolves_at_all_is_said_where_unlisted_names_do_not(string request, string? dns)
    {
        const string Ip = "  proxy_ip: \"172.20.0.2\"\n";
        const string More = "  passthrough: [\"*.corp.example\"]\n  records: [{name: db.evil.example, type: A, value: 192.0.2.7}]\n";
        var denying = _folder.Write("denying.yaml", Policies.Good.Replace(Ip, Ip + More + "  deny_unlisted: true\n", StringComparison.Ordinal));
        var usual = _folder.Write("usual.yaml", Policies.Good.Replace(Ip, Ip + More, StringComparison.Ordinal));
        async Task<CliRun> Of(string file, params string[] more) => await CliRun.Of(["explain", file, "--request", request, .. more]);

        var json = JsonDocument.Parse((await Of(denying, "--json")).Out).RootElement;
        Assert.Equal(dns, json.TryGetProperty("dns", out var value) ? value.GetString() : null);
        Assert.Equal(dns is not null, (await Of(denying)).Out.Contains("\ndns.deny_unlisted: ", StringComparison.Ordinal));
        Assert.DoesNotContain("deny_unlisted", (await Of(usual)).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET https://evil.example/", "host_not_allowed", 403)]
    [InlineData("DELETE https://api.github.com/repos/x", "request_not_allowed", 403)]
    [InlineData("GET https://api.github.com/user", "request_not_allowed", 403)]
    [InlineData("GET http://api.github.com/repos/x", "secret_over_plaintext", 403)]
    [InlineData("GET https://keys.example.com/", "secret_required", 403)]
    [InlineData("get https://api.github.com/repos/x", "invalid_method", 400)]
    [InlineData("GET https://api.github.com/repos/../user", "dot_segment", 400)]
    [InlineData("GET https://api.github.com/repos%5Cx", "encoded_separator", 400)]
    [InlineData("GET https://api.github.com/repos%2Fx", "ambiguous_path", 400)]
    [InlineData("GET https://user@api.github.com/repos/x", "userinfo_in_target", 400)]
    [InlineData("GET ftp://api.github.com/repos/x", "unsupported_target", 400)]
    [InlineData("CONNECT evil.example:443", "host_not_allowed", 403)]
    [InlineData("CONNECT api.github.com", "invalid_port", 400)]
    public async Task A_request_that_is_not_let_through_gives_1_and_the_runtimes_reason(string request, string reason, int status)
    {
        var run = await Explain(request, "--json");

        Assert.Equal(1, run.Exit);
        using var json = JsonDocument.Parse(run.Out);
        var verdict = json.RootElement.GetProperty("verdict");
        Assert.False(verdict.GetProperty("allowed").GetBoolean());
        Assert.Equal(reason, verdict.GetProperty("reason").GetString());
        Assert.Equal(status, verdict.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_path_that_rules_read_in_two_ways_names_the_other_reading_and_the_rule()
    {
        var run = await Explain("GET https://api.github.com/repos%2Fx");

        Assert.Equal(1, run.Exit);
        Assert.Contains("verdict: denied: ambiguous_path (400): ", run.Out, StringComparison.Ordinal);
        Assert.Contains($"   a server may read it as GET /repos/x, and the rule at {_yaml}:11:11 answers that differently\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("continues", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_with_several_readings_is_allowed_when_rules_answer_alike()
    {
        var run = await Explain("GET https://api.github.com/repos/./group%2fname;x");

        Assert.Equal(0, run.Exit);
        Assert.Contains("GET https://api.github.com:443/repos/./group%2fname;x\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override: DELETE", "GET https://api.github.com/repos/x", "DELETE /repos/x")]
    [InlineData("X-Original-URL: /user", "GET https://api.github.com/repos/x", "GET /user")]
    public async Task An_override_that_policy_would_answer_differently_is_denied(string header, string request, string reading)
    {
        var run = await Explain(request, "--header", header);

        Assert.Equal(1, run.Exit);
        Assert.Contains("verdict: denied: ambiguous_override (400): ", run.Out, StringComparison.Ordinal);
        Assert.Contains($"a server may read it as {reading}, and ", run.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Explain(request, "--header", "X-HTTP-Method-Override: POST")).Exit);
    }

    [Fact]
    public async Task Steps_behind_the_one_that_rejects_are_not_reached()
    {
        var run = await Explain("GET https://evil.example/", "--json");

        Assert.Equal(["reject", "not_reached", "not_reached", "not_reached", "not_reached"], Outcomes(run));
    }

    [Fact]
    public async Task A_tunnel_is_decided_by_host_and_port_alone()
    {
        var run = await Explain("CONNECT api.github.com:443", "--json");

        Assert.Equal(0, run.Exit);
        Assert.Equal(["continue", "inside_tunnel", "inside_tunnel", "inside_tunnel", "inside_tunnel"], Outcomes(run));
    }

    [Fact]
    public async Task Secrets_say_where_they_go_and_headers_say_whether_they_stay()
    {
        var run = await Explain(
            "GET https://keys.example.com/?key=placeholder-1",
            "-H", "X-Api-Key: placeholder-1",
            "-H", "X-Other: placeholder-1",
            "-H", "Host: keys.example.com",
            "--json");

        Assert.Equal(0, run.Exit);
        using var json = JsonDocument.Parse(run.Out);
        var steps = json.RootElement.GetProperty("steps");
        var secrets = steps[1].GetProperty("secrets");
        Assert.False(secrets[0].GetProperty("inScope").GetBoolean());
        Assert.Equal("EXAMPLE_KEY", secrets[1].GetProperty("name").GetString());
        Assert.Equal(["header:X-Api-Key", "query"], Strings(secrets[1].GetProperty("locations")));
        Assert.StartsWith("28:", secrets[1].GetProperty("rule").GetString(), StringComparison.Ordinal);
        Assert.Equal(["X-Other"], Strings(steps[2].GetProperty("strips")));
        Assert.Equal(["X-Request-Id"], Strings(steps[3].GetProperty("records")));
        Assert.False(steps[4].GetProperty("inScope").GetBoolean());
    }

    [Fact]
    public async Task An_injected_header_is_subject_to_the_header_allowlist_behind_it()
    {
        var yaml = _folder.Write("strips.yaml", Policies.Good.Replace("[\"Authorization\", \"Accept\"", "[\"Accept\"", StringComparison.Ordinal));

        var run = await CliRun.Of("explain", yaml, "-r", "GET https://api.github.com/repos/x");

        Assert.Contains("sets header:Authorization", run.Out, StringComparison.Ordinal);
        Assert.Contains("strips Authorization", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_gives_the_same_answer_as_the_file_that_it_was_compiled_from()
    {
        var plan = _folder.File("proxy.plan.json");
        Assert.Equal(0, (await CliRun.Of("compile", _yaml, "-o", plan)).Exit);

        var fromYaml = await Explain("POST https://api.github.com/repos/x", "--json");
        var fromPlan = await CliRun.Of("explain", plan, "-r", "POST https://api.github.com/repos/x", "--json");

        // Lines are known of the file alone.
        var lines = fromYaml.Out.IndexOf(",\n  \"sources\"", StringComparison.Ordinal);
        Assert.Equal(fromYaml.Out[..lines] + "\n}\n", fromPlan.Out);
        Assert.Equal(fromYaml.Exit, fromPlan.Exit);
    }

    [Fact]
    public async Task A_plan_that_was_changed_by_hand_is_refused()
    {
        var plan = _folder.File("proxy.plan.json");
        await CliRun.Of("compile", _yaml, "-o", plan);
        await File.WriteAllTextAsync(plan, (await File.ReadAllTextAsync(plan)).Replace("/repos/", "/users/", StringComparison.Ordinal));

        var run = await CliRun.Of("explain", plan, "-r", "GET https://api.github.com/users/x");

        Assert.Equal(1, run.Exit);
        Assert.Contains("was changed after it was compiled", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_and_query_values_are_never_printed()
    {
        foreach (var format in new[] { "text", "json" })
        {
            var run = await Explain("GET https://api.github.com/repos/x?t=canary-query", "-H", "X-Api-Key: canary-header", "--format", format);

            Assert.Equal(0, run.Exit);
            Assert.DoesNotContain("canary", run.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_Host_header_that_names_another_host_is_refused()
    {
        var run = await Explain("GET https://api.github.com/repos/x", "-H", "Host: evil.example");

        Assert.Equal(1, run.Exit);
        Assert.Contains("authority_mismatch", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_errors_is_reported_and_nothing_is_explained()
    {
        var run = await CliRun.Of("explain", _folder.Write("bad.yaml", Policies.FiveMistakes), "-r", "GET https://api.github.com/");

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Contains("5 errors, so there is nothing to explain", run.Error, StringComparison.Ordinal);
    }

    private Task<CliRun> Explain(string request, params string[] options) =>
        CliRun.Of(["explain", _yaml, "--request", request, .. options]);

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString() ?? "")];

    private static string[] Outcomes(CliRun run)
    {
        using var json = JsonDocument.Parse(run.Out);
        return [.. json.RootElement.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("outcome").GetString() ?? "")];
    }
}
