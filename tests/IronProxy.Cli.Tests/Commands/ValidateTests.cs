using System.Text.Json;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ValidateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_good_file_gives_one_line_of_success()
    {
        var path = _folder.Write("proxy.yaml", Policies.Good);

        var run = await CliRun.Of("validate", path);

        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        Assert.Matches($@"\A{path}: ok \(policy sha256:[0-9a-f]{{64}}, \d+ rules\)\n\z", run.Out);
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("compile")]
    [InlineData("fmt")]
    [InlineData("learn --base")]
    [InlineData("merge-rules")]
    public async Task A_compiled_plan_in_the_place_of_a_policy_is_called_one(string command)
    {
        var plan = _folder.File("proxy.plan.json");
        Assert.Equal(0, (await CliRun.Of("compile", _folder.Write("proxy.yaml", Policies.Good), "-o", plan)).Exit);

        var run = await CliRun.Of([.. command.Split(' '), plan, .. command is "learn --base" or "merge-rules" ? [_folder.Write("other", "")] : Array.Empty<string>()]);

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Equal($"ironc: {plan} is a compiled plan, which 'iron-proxy -plan' runs: name the proxy.yaml that it was made of\n", run.Error);
    }

    [Fact]
    public async Task Files_that_are_named_are_looked_into_and_never_printed()
    {
        var certificate = _folder.Write("ca.crt", "canary-content");
        var path = _folder.Write("proxy.yaml", $$"""
            tls: {ca_cert: "{{certificate}}", ca_key: "{{certificate}}.absent"}
            transforms:
              - name: allowlist
                config: {domains: [api.github.com]}
            """);

        var validated = await CliRun.Of("validate", path);
        var compiled = await CliRun.Of("compile", path);

        Assert.Equal(0, validated.Exit);
        Assert.Contains($"{path}:1:16: warning IRON1302: ", validated.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", validated.ToString(), StringComparison.Ordinal);
        Assert.Single(validated.Error.Split('\n'), line => line.Contains("warning", StringComparison.Ordinal));
        Assert.Empty(compiled.Error);
    }

    [Fact]
    public async Task Five_mistakes_of_different_kinds_are_reported_in_one_run()
    {
        var path = _folder.Write("proxy.yaml", Policies.FiveMistakes);

        var run = await CliRun.Of("validate", path);

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Collection(
            run.Error.Split('\n').Where(line => line.Contains(": error IRON", StringComparison.Ordinal)),
            line => Assert.StartsWith($"{path}:2:13: error IRON", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{path}:4:3: error IRON", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{path}:8:20: error IRON", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{path}:14:19: error IRON", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{path}:15:11: error IRON", line, StringComparison.Ordinal));
        Assert.EndsWith($"{path}: 5 errors\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_files_are_checked_even_behind_one_that_cannot_be_read()
    {
        var good = _folder.Write("good.yaml", Policies.Good);
        var bad = _folder.Write("bad.yaml", Policies.FiveMistakes);

        var run = await CliRun.Of("validate", _folder.File("missing.yaml"), bad, good);

        Assert.Equal(1, run.Exit);
        Assert.StartsWith($"ironc: cannot read {_folder.File("missing.yaml")}: there is no such file\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{bad}: 5 errors", run.Error, StringComparison.Ordinal);
        Assert.StartsWith($"{good}: ok ", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validate", 0)]
    [InlineData("validate --strict", 1)]
    [InlineData("validate --strict --json", 1)]
    [InlineData("compile", 0)]
    [InlineData("compile --strict", 1)]
    public async Task Warnings_fail_with_strict_only(string command, int exit)
    {
        const string Empty = "dns:\n  proxy_ip: 10.0.0.1\ntls:\n  ca_cert: a\n  ca_key: b\ntransforms:\n  - name: allowlist\n    config:\n      domains: []\n";

        var run = await CliRun.Of([.. command.Split(' '), "-"], Empty);

        Assert.Equal(exit, run.Exit);
        Assert.Contains("IRON1225", run.Error + run.Out, StringComparison.Ordinal);
        Assert.Equal(exit == 0 || command.EndsWith("--json", StringComparison.Ordinal), run.Out.Length > 0);
    }

    [Fact]
    public async Task A_hyphen_is_standard_input()
    {
        var run = await CliRun.Of(["validate", "-"], Policies.Good);

        Assert.Equal(0, run.Exit);
        Assert.StartsWith("-: ok ", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--format=json")]
    public async Task Json_is_one_array_with_every_finding_of_every_file(string option)
    {
        var good = _folder.Write("good.yaml", Policies.Good);
        var bad = _folder.Write("bad.yaml", Policies.FiveMistakes);

        var run = await CliRun.Of("validate", option, good, bad);

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Error);
        using var json = JsonDocument.Parse(run.Out);
        var findings = json.RootElement.EnumerateArray().ToList();
        Assert.Equal([2, 4, 8, 14, 15], findings.Select(f => f.GetProperty("line").GetInt32()));
        Assert.All(findings, f =>
        {
            Assert.Equal(bad, f.GetProperty("path").GetString());
            Assert.Equal("error", f.GetProperty("severity").GetString());
            Assert.StartsWith("IRON", f.GetProperty("code").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(f.GetProperty("message").GetString()!);
            Assert.Equal(f.GetProperty("column").GetInt32() + f.GetProperty("length").GetInt32(), f.GetProperty("endColumn").GetInt32());
        });
        var misspelt = findings[1];
        Assert.Contains("tunnel_listen", misspelt.GetProperty("message").GetString() + misspelt.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_of_good_files_is_an_empty_array()
    {
        var run = await CliRun.Of(["validate", "--json", "-"], Policies.Good);

        Assert.Equal(0, run.Exit);
        Assert.Equal("[]\n", run.Out);
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused_in_one_sentence()
    {
        var path = _folder.File("latin1.yaml");
        await File.WriteAllBytesAsync(path, [.. "# caf"u8, 0xE9, (byte)'\n']);

        var run = await CliRun.Of("validate", path);

        Assert.Equal(1, run.Exit);
        Assert.Equal($"ironc: {path} is not UTF-8 text\n", run.Error);
    }

    [Fact]
    public async Task A_folder_is_not_a_file()
    {
        var run = await CliRun.Of("validate", _folder.Path);

        Assert.Equal(1, run.Exit);
        Assert.Equal($"ironc: cannot read {_folder.Path}: it is a folder\n", run.Error);
    }
}
