using System.Text.Json;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ProveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _yaml;

    public ProveTests() => _yaml = _folder.Write("proxy.yaml", Policies.Good);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_holds_for_every_request_is_proven()
    {
        var run = await Prove("never-allows", "DELETE api.github.com", "pypi.org");

        Assert.Equal(
            $"proven: {_yaml} never allows \"DELETE api.github.com\" or \"pypi.org\"\n  not considered, as it could only deny more: secrets, upstream_deny_cidrs\n",
            run.Out);
        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task A_counterexample_comes_with_the_command_that_explains_it()
    {
        var run = await Prove("never-allows", "POST *.github.com");

        Assert.Equal(1, run.Exit);
        Assert.StartsWith($"refuted: {_yaml} never allows \"POST *.github.com\"\n  it allows: POST https://api.github.com/repos\n", run.Out, StringComparison.Ordinal);
        Assert.Contains($"ironc explain {_yaml} --request \"POST https://api.github.com/repos\"\n", run.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.Of("explain", _yaml, "--request", "POST https://api.github.com/repos")).Exit);
    }

    [Theory]
    [InlineData(0, "only-allows", "*.example.com", "GET,POST api.github.com/repos/*")]
    [InlineData(1, "only-allows", "*.example.com", "GET api.github.com/repos/*")]
    [InlineData(1, "only-allows", "*.example.com:443", "api.github.com")]
    [InlineData(0, "never-allows", "api.github.com/user")]
    [InlineData(0, "never-sends", "GITHUB_TOKEN", "*.example.com")]
    [InlineData(0, "never-sends", "GITHUB_TOKEN", "http://*")]
    [InlineData(1, "never-sends", "GITHUB_TOKEN", "api.github.com")]
    [InlineData(0, "never-sends", "EXAMPLE_KEY", "api.github.com")]
    public async Task The_exit_status_is_the_answer(int exit, params string[] claim) => Assert.Equal(exit, (await Prove(claim)).Exit);

    [Theory]
    [InlineData(0, "CLIENT_SECRET", "b.test")]
    [InlineData(0, "CLIENT_SECRET", "http://a.test")]
    [InlineData(1, "CLIENT_SECRET", "a.test")]
    [InlineData(0, "AWS_KEY", "a.test")]
    [InlineData(1, "AWS_KEY", "https://b.test")]
    [InlineData(1, "gcp.json", "a.test")]
    public async Task A_credential_travels_in_the_tokens_and_signatures_that_are_made_of_it(int exit, string name, string pattern)
    {
        var yaml = _folder.Write("minting.yaml", """
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            transforms:
              - name: allowlist
                config: {domains: [a.test, b.test]}
              - name: oauth_token
                config:
                  tokens:
                    - grant: client_credentials
                      client_id: {type: env, var: CLIENT_ID}
                      client_secret: {type: env, var: CLIENT_SECRET}
                      token_endpoint: "https://login.test/token"
                      rules: [{host: a.test}]
              - name: aws_auth
                config: {access_key_id: {type: env, var: AWS_KEY}, secret_access_key: {type: env, var: AWS_SECRET}, rules: [{host: b.test}]}
              - name: gcp_auth
                config: {keyfile_path: run/gcp.json, scopes: [openid]}
            """);

        var run = await CliRun.Of("prove", yaml, "never-sends", name, pattern);

        Assert.Equal(exit, run.Exit);
        Assert.Empty(run.Error);
    }

    /// <summary>The command that is printed shows what the claim denies.</summary>
    [Theory]
    [InlineData("match_headers: [X-Key], ", "-H \"X-Key: pk-proxy-token\"")]
    [InlineData("", "-H \"Authorization: Bearer pk-proxy-token\"")]
    [InlineData("match_headers: [/^X-/], ", null)]
    public async Task A_refutation_comes_with_the_placeholder(string where, string? header)
    {
        var yaml = _folder.Write("swapped.yaml", $$$"""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            transforms:
              - {name: allowlist, config: {domains: [a.test]}}
              - {name: secrets, config: {secrets: [{source: {type: env, var: TOKEN}, replace: { {{{where}}}proxy_value: pk-proxy-token }, rules: [{host: a.test}]}]}}
            """);

        var run = await CliRun.Of("prove", yaml, "never-sends", "TOKEN", "a.test");

        Assert.Equal(1, run.Exit);
        Assert.Contains($"  ironc explain {yaml} --request \"GET https://a.test/\"{(header is null ? "" : " " + header)}\n", run.Out, StringComparison.Ordinal);
        if (header is not null)
        {
            var explained = await CliRun.Of("explain", yaml, "--request", "GET https://a.test/", "-H", header.Split('"')[1]);
            Assert.Contains("swaps the placeholder", explained.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_policy_is_within_a_wider_one_and_not_the_other_way_round()
    {
        var wider = _folder.Write("wider.yaml", Policies.Good.Replace("\"*.example.com\"", "\"*.com\"", StringComparison.Ordinal));

        var narrow = await Prove("implies", wider);
        var wide = await CliRun.Of("prove", wider, "implies", _yaml);

        Assert.Equal(0, narrow.Exit);
        Assert.Equal(1, wide.Exit);
        Assert.Contains($"ironc explain {wider} --request", wide.Out, StringComparison.Ordinal);
        Assert.Contains($"ironc explain {_yaml} --request", wide.Out, StringComparison.Ordinal);
        Assert.Contains("not considered, as it could only deny more: secrets", wide.Out, StringComparison.Ordinal);
    }

    /// <summary>What another policy denies beside its allowlist is a part of the claim.</summary>
    [Theory]
    [InlineData("tools: [{name: read}]", "tools: [{name: read}, {name: delete}]", "may be used of s: tool delete")]
    [InlineData("tools: [{name: read, when: [{path: a, equals: 1}]}]", "tools: [{name: read}]", "of the arguments of tool read of s is asked: nothing; before: a in 1")]
    [InlineData("tools: [{name: read}]", null, "messages to s are judged no more")]
    [InlineData("tools: [{name: read}]", "tools: [{name: read, when: [{path: a, equals: 1}]}]", null)]
    public async Task A_policy_that_lets_more_MCP_through_is_not_proven_to_be_within_another(string other, string? own, string? left)
    {
        string Policy(string? tools) => "tls: {ca_cert: ca.crt, ca_key: ca.key}\ntransforms: [{name: allowlist, config: {domains: [a.test]}}]\n"
            + (tools is null ? "" : $"mcp: {{servers: [{{name: s, rules: [{{host: a.test}}], {tools}}}]}}\n");
        var run = await CliRun.Of("prove", _folder.Write("own.yaml", Policy(own)), "implies", _folder.Write("other.yaml", Policy(other)));

        Assert.Equal(left is null ? 0 : 1, run.Exit);
        Assert.StartsWith(left is null ? "proven: " : "not decided: ", run.Out, StringComparison.Ordinal);
        Assert.Contains(left ?? "", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replace: {proxy_value: placeholder-k, require: true}", "replace: {proxy_value: placeholder-k}", "requests without the placeholder of K are no longer denied")]
    [InlineData("replace: {proxy_value: placeholder-k, require: true}", null, "requests without the placeholder of the secret K")]
    [InlineData("replace: {proxy_value: placeholder-k}", "replace: {proxy_value: placeholder-k, require: true}", null)]
    public async Task A_policy_that_asks_less_is_not_proven_to_be_within_one_that_requires_a_placeholder(string other, string? own, string? left)
    {
        string Policy(string? mode) => "tls: {ca_cert: ca.crt, ca_key: ca.key}\ntransforms:\n  - {name: allowlist, config: {domains: [a.test]}}\n"
            + (mode is null ? "" : $"  - {{name: secrets, config: {{secrets: [{{source: {{type: env, var: K}}, {mode}, rules: [{{host: a.test}}]}}]}}}}\n");
        var run = await CliRun.Of("prove", _folder.Write("own.yaml", Policy(own)), "implies", _folder.Write("other.yaml", Policy(other)));

        Assert.Equal(left is null ? 0 : 1, run.Exit);
        Assert.Contains(left ?? "proven: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_decided_is_not_proven()
    {
        var run = await Prove("never-allows", "fe8*");

        Assert.Equal(1, run.Exit);
        Assert.StartsWith("not decided: ", run.Out, StringComparison.Ordinal);
        Assert.Contains("nothing is said about hosts that are IPv6 addresses whose text matches fe8*", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_is_kept_from_reading_what_a_path_holds()
    {
        var yaml = _folder.Write("dollar.yaml", "tls: {ca_cert: a, ca_key: b}\ntransforms: [{name: allowlist, config: {rules: [{host: a.test, paths: [\"/$x'y\"]}]}}]\n");

        var run = await CliRun.Of("prove", yaml, "never-allows", "a.test");

        Assert.Contains("--request 'GET https://a.test/$x'\\''y'\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_is_one_object_for_programs()
    {
        var run = await Prove("never-allows", "POST api.github.com", "--json");

        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal("refuted", json.RootElement.GetProperty("answer").GetString());
        var counterexample = json.RootElement.GetProperty("counterexample");
        Assert.Equal("POST", counterexample.GetProperty("method").GetString());
        Assert.Equal("https://api.github.com/repos", counterexample.GetProperty("url").GetString());
        Assert.Equal(1, counterexample.GetProperty("explain").GetArrayLength());
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_no_proof()
    {
        var run = await Prove("never-sends", "GITHUB_TOKN", "*");

        Assert.Equal(1, run.Exit);
        Assert.Contains("has no secret named GITHUB_TOKN; it has EXAMPLE_KEY, GITHUB_TOKEN", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("never-allows", "ftp://api.github.com")]
    [InlineData("never-allows", "CONNECT api.github.com:443")]
    [InlineData("never-allows")]
    [InlineData("never-says", "x")]
    [InlineData]
    public async Task A_claim_that_makes_no_sense_is_a_mistake_in_the_command_line(params string[] claim)
    {
        var run = await Prove(claim);

        Assert.Equal(2, run.Exit);
        Assert.Empty(run.Out);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task Patterns_that_combine_beyond_reason_are_refused()
    {
        var wild = "/*a" + new string('?', 31);
        var yaml = _folder.Write("wild.yaml", $"tls: {{ca_cert: a, ca_key: b}}\ntransforms: [{{name: allowlist, config: {{rules: [{{host: a.test, paths: ['{wild}']}}]}}}}]\n");

        var run = await CliRun.Of("prove", yaml, "only-allows", "a.test/*b" + new string('?', 30));

        Assert.Equal(1, run.Exit);
        Assert.Contains("combine in too many ways", run.Error, StringComparison.Ordinal);
    }

    private Task<CliRun> Prove(params string[] claim) => CliRun.Of(["prove", _yaml, .. claim]);
}
