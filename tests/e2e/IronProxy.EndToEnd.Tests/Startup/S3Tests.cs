using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary>Policies that are read from S3.</summary>
public sealed class S3Tests : IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]

        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("-plan", "policies/team a/proxy.plan.json")]
    [InlineData("-config", "proxy.yaml")]
    public async Task A_policy_in_S3_is_run(string option, string key)
    {
        await using var s3 = await S3Stub.StartAsync();
        s3.Put("example-policies", key, option == "-plan" ? await File.ReadAllTextAsync(_folder.Compile(Policy)) : Policy);
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, [option, "s3://example-policies/" + key], s3.Environment);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n");

        Assert.EndsWith("ok\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal($"GET /example-policies/{key.Replace(" ", "%20", StringComparison.Ordinal)}", (await s3.StopAsync()).Split('?', '\n')[0].Replace(" 200", "", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("s3://example-policies/other.json", "there is no such object")]
    [InlineData("s3://other/proxy.plan.json", "there is no such bucket")]
    public async Task What_is_not_there_is_said(string plan, string sentence)
    {
        await using var s3 = await S3Stub.StartAsync();
        s3.Put("example-policies", "proxy.plan.json", "{}");
        await FailsAsync(["-plan", plan], s3.Environment, $"{plan} cannot be read (region {S3Stub.Region}): {sentence}");
    }

    [SkippableFact]
    public async Task Wrong_credentials_are_said_and_not_shown()
    {
        await using var s3 = await S3Stub.StartAsync();
        s3.Put("example-policies", "proxy.plan.json", "{}");
        var error = await FailsAsync(["-plan", "s3://example-policies/proxy.plan.json"], [.. s3.Environment, ("AWS_SECRET_ACCESS_KEY", "another-secret")], "access denied (SignatureDoesNotMatch)", "s3:GetObject");
        Assert.DoesNotContain("another-secret", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_config_in_S3_that_does_not_compile_shows_its_diagnostics()
    {
        await using var s3 = await S3Stub.StartAsync();
        s3.Put("example-policies", "proxy.yaml", Policy + "tranforms: []\n");
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-config", "s3://example-policies/proxy.yaml"], s3.Environment);
        Assert.Equal(1, exit);
        Assert.Contains("tranforms", error, StringComparison.Ordinal);
        Assert.Contains("s3://example-policies/proxy.yaml was not compiled, so nothing was started", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-plan")]
    [InlineData("-config")]
    public Task Without_a_region_it_says_how_to_give_one(string option) =>
        FailsAsync([option, "s3://example-policies/proxy.yaml"], [], "s3://example-policies/proxy.yaml needs a region: set AWS_REGION");

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://bucket")]
    [InlineData("s3://bucket/")]
    [InlineData("s3:///key")]
    public Task What_names_no_object_is_refused(string plan) => FailsAsync(["-plan", plan], [], $"'{plan}' does not name an object");

    [Fact]
    public Task A_server_that_does_not_answer_is_said() =>
        FailsAsync(
            ["-plan", "s3://example-policies/proxy.plan.json"],
            [("AWS_REGION", S3Stub.Region), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")],
            "cannot be read (region eu-west-1): Connection refused");

    private async Task<string> FailsAsync(string[] arguments, (string Name, string Value)[] environment, params string[] parts)
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, arguments, environment);
        Assert.True(exit == 1, $"exit status {exit}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("iron-proxy: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, error, StringComparison.Ordinal));
        return error;
    }
}
