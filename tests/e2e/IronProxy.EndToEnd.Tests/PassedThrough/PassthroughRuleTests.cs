using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.PassedThrough;

/// <summary>One host whose TLS a rule passes through, beside others whose TLS is opened.</summary>
public sealed class PassthroughRuleTests : IAsyncLifetime
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config:
              domains: ["other.example.com"]
              rules:
                - { host: "api.example.com", tls: passthrough }
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private GatewayProcess _proxy = null!; // Set before any test runs.

    public async Task InitializeAsync() => _proxy = await GatewayProcess.StartAsync(_folder, ExampleProxy.Settings + Policy);

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _folder.Dispose();
    }

    [SkippableTheory]
    [InlineData("http://")]
    [InlineData("socks5h://")]
    public async Task The_pinned_host_shows_its_own_certificate_and_the_other_one_the_proxys(string proxy)
    {
        await using var upstream = ScriptedUpstream.Start(_folder.UpstreamCertificate(["api.example.com", "other.example.com"]));
        var mark = await _proxy.MarkAsync();
        Assert.Equal((0, "ok\n"), await CurlAsync(_folder.UpstreamCaFile, proxy, $"https://api.example.com:{upstream.Port}/v1"));
        Assert.Equal((0, "ok\n"), await CurlAsync(_folder.CaFile, proxy, $"https://other.example.com:{upstream.Port}/v2"));
        Assert.Equal(60, (await CurlAsync(_folder.CaFile, proxy, $"https://api.example.com:{upstream.Port}/v3")).ExitCode);

        var records = await _proxy.RecordsSinceAsync(mark, 6);
        var passed = records.Select(r => r.GetProperty("audit")).Where(a => Text(a, "mode") == "sni-only").ToArray();
        Assert.Equal(["api.example.com ", "api.example.com "], passed.Select(a => $"{Text(a, "host")} {Text(a, "path")}"));
        Assert.Equal(["allow", "allow"], passed.Select(a => Text(a, "action")));
        var opened = Assert.Single(records.Select(r => r.GetProperty("audit")), a => Text(a, "mode") == "mitm");
        Assert.Equal(("other.example.com", "/v2"), (Text(opened, "host"), Text(opened, "path")));
    }

    /// <summary>The rule is about TLS: without it there would be methods and paths to ask about.</summary>
    [SkippableFact]
    public async Task Without_TLS_the_host_is_denied()
    {
        await using var upstream = ScriptedUpstream.Start();
        var (_, answer) = await CurlAsync(_folder.CaFile, "http://", $"http://api.example.com:{upstream.Port}/v1");
        Assert.Contains("\"reason\":\"request_not_allowed\"", answer, StringComparison.Ordinal);
        Assert.Empty(upstream.Received);
    }

    private async Task<(int ExitCode, string Output)> CurlAsync(string ca, string proxy, string url)
    {
        CommandLine.Require("curl", "curl");
        var (exit, output, _) = await CommandLine.RunAsync("curl", "-sS", "--cacert", ca, "-x", $"{proxy}127.0.0.1:{_proxy.Listeners["tunnel"].Port}", url);
        return (exit, output);
    }

    private static string Text(JsonElement audit, string name) => audit.TryGetProperty(name, out var value) ? value.ToString() : "absent";
}
