using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands.Deploy;

/// <summary>What the tools of others say of the deployments that are checked in beside the samples.</summary>
public sealed class SampleToolTests
{
    /// <summary>Sample and target.</summary>
    public static TheoryData<string, string> Deployments => SampleDeploymentTests.Deployments;

    [SkippableTheory]
    [MemberData(nameof(Deployments))]
    public async Task Scripts_of_a_sample_pass_shellcheck(string sample, string target)
    {
        var scripts = Directory.EnumerateFiles(RepositoryRoot.Combine("samples", sample, "deployments", target), "*", SearchOption.AllDirectories)
            .Where(f => File.ReadLines(f).FirstOrDefault() is { } first && first.StartsWith("#!", StringComparison.Ordinal) && first.EndsWith("sh", StringComparison.Ordinal))
            .ToArray();
        if (scripts.Length > 0)
        {
            Assert.Equal("", await RunAsync("shellcheck", scripts));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Deployments))]
    public async Task Python_of_a_sample_compiles(string sample, string target)
    {
        var programs = Directory.GetFiles(RepositoryRoot.Combine("samples", sample, "deployments", target), "*.py", SearchOption.AllDirectories);
        if (programs.Length > 0)
        {
            // As py_compile, without leaving what it makes.
            Assert.Equal("", await RunAsync("python3", ["-c", "import sys\nfor f in sys.argv[1:]: compile(open(f).read(), f, 'exec')", .. programs]));
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
