using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Endurance;

/// <summary>The runs of <c>bench/endurance</c> in short; <c>eng/full.sh</c> has them in full.</summary>
public sealed class EnduranceTests
{
    private const string Python = "/usr/bin/python3";

    [SkippableTheory]
    [InlineData("soak", 120)]
    [InlineData("reload", 10)]
    public async Task Nothing_is_left_behind_and_nothing_is_decided_wrongly(string run, int seconds)
    {
        Skip.IfNot(File.Exists(Python), "Python is not installed (Debian: python3)");
        CommandLine.Require("openssl", "openssl");
        CommandLine.Require("wrk", "wrk");

        var (exit, output, error) = await CommandLine.RunAsync(
            Patience.Build, Python, Repository.Path("bench", "endurance", "run.py"), ProxyBinaries.Folder, run, "--seconds", $"{seconds}");

        Assert.True(exit == 0, output + error);
        Assert.StartsWith($"{run}: held\n", output, StringComparison.Ordinal);
    }
}
