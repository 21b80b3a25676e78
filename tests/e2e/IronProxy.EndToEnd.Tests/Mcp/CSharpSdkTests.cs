using System.Net;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IronProxy.EndToEnd.Tests.Mcp;

/// <summary>The official SDK for C#, over HTTP/1.1 and HTTP/2 on both sides.</summary>
public sealed class CSharpSdkTests(McpWorld world) : IClassFixture<McpWorld>
{
    [SkippableTheory]
    [InlineData("stream", "1.1")]
    [InlineData("stream", "2.0")]
    [InlineData("json", "1.1")]
    [InlineData("json", "2.0")]
    public async Task It_sees_and_calls_what_is_allowed(string kind, string version)
    {
        var server = await world.ServeAsync(kind);
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(world.ProxyUrl), SslOptions = world.Folder.WorkloadTls("api.example.com"), AutomaticDecompression = DecompressionMethods.All };
        using var http = new HttpClient(new WithVersion(Version.Parse(version), handler));
        var options = new HttpClientTransportOptions { Endpoint = new Uri($"https://api.example.com:{server.Port}/mcp"), TransportMode = HttpTransportMode.StreamableHttp };
        await using var transport = new HttpClientTransport(options, http);
        await using var client = await McpClient.CreateAsync(transport);

        Assert.Equal(["test_arguments", "test_sampling", "test_simple_text", "test_tool_with_progress"], (await client.ListToolsAsync()).Select(t => t.Name).Order(StringComparer.Ordinal));
        var allowed = await client.CallToolAsync("test_arguments", new Dictionary<string, object?> { ["owner"] = "ironsh", ["labels"] = new[] { "bug" } });
        Assert.Equal("ironsh bug", Assert.IsType<TextContentBlock>(Assert.Single(allowed.Content)).Text);
        foreach (var (tool, arguments) in ((string, Dictionary<string, object?>)[])[("delete_everything", []), ("test_arguments", new() { ["owner"] = "ironsh", ["labels"] = new[] { "other", "bug" } })])
        {
            var e = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync(tool, arguments));
            Assert.Equal(-32055, (int)e.ErrorCode);
            Assert.Contains("not for this agent", e.Message, StringComparison.Ordinal);
        }

        await client.CallToolAsync("test_simple_text");
        var seen = new List<string>();
        while (seen is not [.., "tools/call test_simple_text"])
        {
            var line = await server.Process.NextLineAsync();
            Assert.StartsWith($"saw {version} ", line, StringComparison.Ordinal);
            seen.Add(line[$"saw {version} ".Length..]);
        }

        Assert.Equal(["tools/call test_arguments", "tools/call test_simple_text"], seen.Where(l => l.StartsWith("tools/call", StringComparison.Ordinal)));
    }

    private sealed class WithVersion(Version version, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
