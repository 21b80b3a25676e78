using System.Diagnostics;
using System.Text.Json;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class DiffTests : IDisposable
{
    private const string Old =
        """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        proxy:
          upstream_deny_cidrs: ["169.254.0.0/16", "10.0.0.0/8"]
        dns:
          proxy_ip: "172.20.0.2"
          passthrough: ["*.corp.example"]
        transforms:
          - name: allowlist
            config:
              domains: ["pypi.org", "files.example.net"]
              rules:
                - {host: api.github.com, methods: [GET], paths: ["/repos/*", "/user"]}
          - name: secrets
            config:
              secrets:
                - {source: {type: env, var: GITHUB_TOKEN}, inject: {header: Authorization}, rules: [{host: "*.github.com"}]}
                - {source: {type: env, var: PYPI_KEY}, replace: {proxy_value: placeholder, require: true}, rules: [{host: pypi.org}]}

        """;

    private const string New =
        """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        proxy:
          upstream_deny_cidrs: ["169.254.0.0/16"]
          tunnel_listen: ":1080"
        dns:
          proxy_ip: "172.20.0.2"
          passthrough: ["*.example"]
        transforms:
          - name: allowlist
            config:
              domains: ["*.pypi.org"]
              rules:
                - {host: api.github.com, methods: [GET, HEAD], paths: ["/repos/*"]}
                - {host: "*.github.com", methods: [POST], paths: ["/graphql"]}
          - name: secrets
            config:
              secrets:
                - {source: {type: env, var: GITHUB_TOKEN}, inject: {header: Authorization}, rules: [{host: "*.github.com"}]}
                - {source: {type: env, var: PYPI_KEY}, replace: {proxy_value: placeholder}, rules: [{host: pypi.org}]}
                - {source: {type: env, var: NEW_KEY}, inject: {header: X-Key}, rules: [{host: pypi.org}], allow_plaintext: true}

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _old;
    private readonly string _new;

    public DiffTests()
    {
        _old = _folder.Write("old.yaml", Old);
        _new = _folder.Write("new.yaml", New);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("text", "diff.txt")]
    [InlineData("json", "diff.json")]
    public async Task Everything_that_a_change_does_is_said_with_a_request_that_shows_it(string format, string approved)
    {
        var run = await CliRun.Of("diff", _old, _new, "--format", format);

        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        ApprovedFile.Verify(RepositoryRoot.Combine("tests", "IronProxy.Cli.Tests", "Commands", "Approved", approved), run.Out);
    }

    [Theory]
    [InlineData("widening", 1)]
    [InlineData("any", 1)]
    public async Task A_wider_policy_fails_where_asked(string failOn, int exit) =>
        Assert.Equal(exit, (await CliRun.Of("diff", _old, _new, "--fail-on", failOn)).Exit);

    [Theory]
    [InlineData("widening", 0)]
    [InlineData("any", 1)]
    public async Task A_narrower_policy_fails_only_where_any_difference_does(string failOn, int exit)
    {
        var narrow = _folder.Write("narrow.yaml", Old.Replace(", \"files.example.net\"", "", StringComparison.Ordinal));

        Assert.Equal(exit, (await CliRun.Of("diff", _old, narrow, "--fail-on", failOn)).Exit);
    }

    [Fact]
    public async Task Rules_that_are_written_otherwise_and_do_the_same_are_no_change()
    {
        var rewritten = _folder.Write("rewritten.yaml", Old
            .Replace("[\"pypi.org\", \"files.example.net\"]", "[\"files.example.net\", \"PyPI.org.\", \"pypi.org\"]", StringComparison.Ordinal)
            .Replace("[\"/repos/*\", \"/user\"]", "[\"/user\", \"/repos\", \"/repos/?*\", \"/repos/*\", \"/%75ser\"]", StringComparison.Ordinal));

        var run = await CliRun.Of("diff", _old, rewritten, "--fail-on", "any");

        Assert.Equal("no change\n", run.Out);
        Assert.Equal(0, run.Exit);
        Assert.Contains("the files differ in ways that let through and send the same", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_may_go_to_another_host_is_wider()
    {
        const string Policy = "tls: {ca_cert: ca.crt, ca_key: ca.key}\ntransforms:\n  - {name: allowlist, config: {domains: [a.test, b.test]}}\n  - {name: gcp_auth, config: {keyfile_path: run/gcp.json, scopes: [a], rules: [{host: a.test}]}}\n";
        var wider = Policy.Replace("rules: [{host: a.test}]", "rules: [{host: a.test}, {host: b.test, methods: [GET]}]", StringComparison.Ordinal);

        var run = await CliRun.Of("diff", _folder.Write("narrow-token.yaml", Policy), _folder.Write("wide-token.yaml", wider), "--fail-on", "widening");

        Assert.Equal(1, run.Exit);
        Assert.Equal("the secret gcp.json (gcp_auth) may now travel in\n  b.test\n    + GET on any path, over https\n        such as GET https://b.test/\n", run.Out);
    }

    [Fact]
    public async Task A_file_is_not_different_from_its_own_plan()
    {
        var plan = _folder.File("old.plan.json");
        await CliRun.Of("compile", _old, "-o", plan);

        Assert.Equal(new CliRun(0, "no change\n", ""), await CliRun.Of("diff", _old, plan, "--fail-on", "any"));
    }

    [Fact]
    public async Task An_allowlist_that_only_warns_lets_everything_through()
    {
        var warns = _folder.Write("warns.yaml", Old.Replace("      domains", "      warn: true\n      domains", StringComparison.Ordinal));

        var run = await CliRun.Of("diff", _old, warns);

        Assert.Contains("  *\n    + any method on any path\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("+ warn: an allowlist records violations", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_of_both_files_are_reported_in_one_run()
    {
        var bad = _folder.Write("bad.yaml", Policies.FiveMistakes);
        var worse = _folder.Write("worse.yaml", "transforms: [\n");

        var run = await CliRun.Of("diff", bad, worse);

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Contains($"{bad}: 5 errors, so there is nothing to compare", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{worse}: 1 error, so there is nothing to compare", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("git:main")]
    [InlineData("git::proxy.yaml")]
    [InlineData("git:--output=x:proxy.yaml")]
    public async Task A_git_name_of_another_form_is_a_mistake_in_the_command_line(string name)
    {
        var run = await CliRun.Of("diff", name, _new);

        Assert.Equal(2, run.Exit);
        Assert.Contains("should be git:REVISION:PATH", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-", "-")]
    [InlineData("old.yaml")]
    [InlineData("old.yaml", "--fail-one")]
    [InlineData("old.yaml", "new.yaml", "--fail-on", "narrowing")]
    public async Task A_comparison_that_makes_no_sense_is_a_mistake_in_the_command_line(params string[] arguments)
    {
        var run = await CliRun.Of(["diff", .. arguments]);

        Assert.Equal(2, run.Exit);
        Assert.Empty(run.Out);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task One_side_may_be_standard_input() =>
        Assert.Equal("no change\n", (await CliRun.Of(["diff", _old, "-"], Old)).Out);

    [Fact]
    public async Task A_revision_that_git_does_not_know_is_reported_with_what_git_says()
    {
        var run = await CliRun.Of("diff", "git:no-such-revision:proxy.yaml", _new);

        Assert.Equal(1, run.Exit);
        Assert.StartsWith("ironc: cannot read git:no-such-revision:proxy.yaml: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_compared_with_an_older_revision_of_itself()
    {
        // As a process of its own: git looks at the working directory.
        Git("init", "--quiet");
        Git("add", "old.yaml");
        Git("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "Add");
        await File.WriteAllTextAsync(_old, New);

        using var ironc = Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "ironc.dll"), "diff", "git:HEAD:old.yaml", "old.yaml", "--json"]);
        var output = await ironc.StandardOutput.ReadToEndAsync();
        await ironc.WaitForExitAsync();

        Assert.Equal(0, ironc.ExitCode);
        using var json = JsonDocument.Parse(output);
        Assert.True(json.RootElement.GetProperty("widens").GetBoolean());
    }

    private void Git(params string[] arguments)
    {
        using var git = Start("git", arguments);
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, git.StandardError.ReadToEnd());
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }
}
