using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>
/// testssl.sh on the listener that workloads' TLS ends at: its sections on protocols, ciphers and vulnerabilities. What it says of certificates is left out,
/// because a CA of one's own is a critical finding there.
/// </summary>
public sealed class TestsslTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    /// <summary>WARN is no rating: testssl says by it what it could not find out.</summary>
    private static readonly string[] WorseThanLow = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"];

    [SkippableFact]
    public async Task Nothing_is_worse_than_low()
    {
        CommandLine.Require("testssl", "testssl.sh");
        var report = example.Folder.File("testssl.json");
        var listener = example.Proxy.Listeners["https"];
        var (exit, output, error) = await CommandLine.RunAsync(
            Patience.Build, "testssl", "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", report, "--ip", "127.0.0.1",
            "--protocols", "--std", "--server-preference", "--fs", "--vulnerable", $"api.example.com:{listener.Port}");
        Assert.True(exit < 200, $"testssl ended with {exit}: {error}{output}");

        using var findings = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        var all = findings.RootElement.EnumerateArray().Select(f => $"{Text(f, "severity")} {Text(f, "id")}: {Text(f, "finding")}").ToArray();
        Assert.Contains(all, f => f.Contains(" TLS1_3: offered", StringComparison.Ordinal));
        Assert.Contains(all, f => f.Contains(" heartbleed: ", StringComparison.Ordinal));
        Assert.DoesNotContain(all, f => WorseThanLow.Any(h => f.StartsWith(h + " ", StringComparison.Ordinal)));
    }

    private static string Text(JsonElement finding, string name) => finding.GetProperty(name).GetString() ?? "";
}
