using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Deploy;

/// <summary>The deployments in samples/ are what 'ironc deploy' writes. With UPDATE_SNAPSHOTS=1 they are written anew.</summary>
public sealed class SampleDeploymentsTests
{
    /// <summary>Options of a sample's target, where the defaults are not what is to be shown.</summary>
    public static TheoryData<string, string, string> Samples => new()
    {
        { "quickstart", "image", "" },
        { "quickstart", "compose", "" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_is_up_to_date(string sample, string target, string options)
    {
        var folder = RepositoryRoot.Combine("samples", sample, "deployments", target);
        string[] arguments = ["deploy", "-t", target, RepositoryRoot.Combine("samples", sample, "proxy.yaml"), "-o", folder, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(o => (string[])["--set", o])];
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Assert.Equal(0, (await CliRun.Of([.. arguments, "--force"])).Exit);
        }

        var check = await CliRun.Of([.. arguments, "--check"]);
        Assert.True(check.Exit == 0, check.ToString());
    }

    [SkippableTheory]
    [MemberData(nameof(Samples))]
    public async Task Scripts_of_a_sample_pass_shellcheck(string sample, string target, string options)
    {
        _ = options;
        var scripts = Directory.EnumerateFiles(RepositoryRoot.Combine("samples", sample, "deployments", target), "*", SearchOption.AllDirectories)
            .Where(f => File.ReadLines(f).FirstOrDefault()?.StartsWith("#!/usr/bin/env bash", StringComparison.Ordinal) == true)
            .ToArray();
        if (scripts.Length > 0)
        {
            Assert.Equal("", await RunAsync("shellcheck", scripts));
        }
    }

    [SkippableTheory]
    [InlineData("internal")]
    [InlineData("nftables")]
    public async Task Compose_reads_what_is_generated(string enforcement)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await CliRun.Of("deploy", "-t", "compose", RepositoryRoot.Combine("samples", "quickstart", "proxy.yaml"), "-o", folder.Path, "--set", $"enforcement={enforcement}")).Exit);
        File.Copy(folder.File(".env.example"), folder.File(".env"));
        Assert.Equal("", await RunAsync("docker-compose", "-f", folder.File("compose.yaml"), "config", "-q"));
        if (enforcement == "nftables")
        {
            Assert.Equal("", await RunAsync("shellcheck", folder.File("firewall.sh"), folder.File("guard.sh")));
        }
    }

    /// <summary>What a tool prints, which is nothing when it finds nothing.</summary>
    private static async Task<string> RunAsync(string tool, params string[] arguments)
    {
        Skip.IfNot((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(f => File.Exists(Path.Combine(f, tool))), $"{tool} is not installed");
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!; // It is there.
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output + await error : $"exit {process.ExitCode}\n{output}{await error}";
    }
}
