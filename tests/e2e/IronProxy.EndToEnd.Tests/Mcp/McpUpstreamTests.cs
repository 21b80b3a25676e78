using System.Net;
using System.Net.Http.Headers;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IronProxy.EndToEnd.Tests.Mcp;

/// <summary>An MCP server under a name that only the policy knows: requests are judged by the one, and sent to the other.</summary>
public sealed class McpUpstreamTests(McpWorld world) : IClassFixture<McpWorld>
{
    private const string Name = "tickets.mcp.internal";
    private const string Real = "the-real-token-of-the-tickets";

    private static string Policy(int port, string path) => ExampleProxy.Settings + $$$"""
        transforms:
          - name: allowlist
            config: { rules: [{ host: "{{{Name}}}", paths: [/mcp] }] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: TICKETS }
                  inject: { header: Authorization, formatter: "Bearer {{.Value}}" }
                  rules: [{ host: "{{{Name}}}" }]
                  scrub_responses: true
        mcp:
          servers:
            - name: tickets
              rules: [{ host: "{{{Name}}}", paths: [/mcp] }]
              upstream: "https://api.example.com:{{{port}}}{{{path}}}"
              tools: [{ name: test_simple_text }]
        """;

    [Theory]
    [InlineData("/v2/tickets", "/v2/tickets?n=1", "1.1")]
    [InlineData("", "/mcp?n=1", "2.0")]
    public async Task What_is_judged_under_one_name_is_sent_to_the_other(string path, string target, string version)
    {
        using var folder = ProxyFolder.Create();
        using var certificate = folder.UpstreamCertificate(["api.example.com"]);
        await using var upstream = ScriptedUpstream.Start(SayBackAsync, certificate);
        await using var proxy = await GatewayProcess.StartAsync(folder, Policy(upstream.Port, path), ("TICKETS", Real));
        using var client = Client(folder, proxy, version);

        var (status, answer) = await CallAsync(client, version, "test_simple_text");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain(Real, answer, StringComparison.Ordinal); // It was said back, and is scrubbed.
        Assert.Contains("Bearer ***", answer, StringComparison.Ordinal);
        Assert.StartsWith($"POST {target} HTTP/1.1\r\n", upstream.Received, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: api.example.com:{upstream.Port}\r\n", upstream.Received, StringComparison.Ordinal);
        Assert.Contains($"\r\nAuthorization: Bearer {Real}\r\n", upstream.Received, StringComparison.Ordinal);
        Assert.DoesNotContain(Name, upstream.Received, StringComparison.Ordinal);

        upstream.Clear();
        Assert.Contains("-32001", (await CallAsync(client, version, "delete_everything")).Answer, StringComparison.Ordinal);
        Assert.Equal("", upstream.Received);

        await proxy.FenceAsync();
        var records = proxy.Records.Where(r => r.TryGetProperty("mcp", out _)).ToArray();
        Assert.Equal(2, records.Length);
        Assert.All(records, r => Assert.Equal(
            $"{Name} tickets api.example.com:{upstream.Port}",
            $"{r.GetProperty("audit").GetProperty("host")} {r.GetProperty("mcp").GetProperty("server")} {r.GetProperty("mcp").GetProperty("upstream")}"));
    }

    /// <summary>The operator has named the server, and yet the networks that are never dialled are not dialled for a workload's request.</summary>
    [Fact]
    public async Task A_denied_network_stays_denied()
    {
        using var folder = ProxyFolder.Create();
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(
            folder, Policy(upstream.Port, "/mcp").Replace("upstream_deny_cidrs: []", "upstream_deny_cidrs: [127.0.0.0/8]", StringComparison.Ordinal), ("TICKETS", Real));
        using var client = Client(folder, proxy, "1.1");

        var (status, answer) = await CallAsync(client, "1.1", "test_simple_text");

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("upstream_denied", answer, StringComparison.Ordinal);
        Assert.Equal(0, upstream.Connections);
    }

    [SkippableTheory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_official_client_works_under_the_name_of_the_policy(string version)
    {
        var server = await world.ServeAsync("stream");
        await using var proxy = await GatewayProcess.StartAsync(world.Folder, Policy(server.Port, "/mcp"), ("TICKETS", Real));
        using var http = Client(world.Folder, proxy, version);
        var options = new HttpClientTransportOptions { Endpoint = new Uri($"https://{Name}/mcp"), TransportMode = HttpTransportMode.StreamableHttp };
        await using var transport = new HttpClientTransport(options, http);
        await using var client = await McpClient.CreateAsync(transport);

        Assert.Equal(["test_simple_text"], (await client.ListToolsAsync()).Select(t => t.Name));
        Assert.Equal("This is a simple text response for testing.", Assert.IsType<TextContentBlock>(Assert.Single((await client.CallToolAsync("test_simple_text")).Content)).Text);
        var e = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync("test_arguments"));
        Assert.Equal(-32001, (int)e.ErrorCode);
    }

    private static HttpClient Client(ProxyFolder folder, GatewayProcess proxy, string version) => new(new SocketsHttpHandler
    {
        Proxy = new WebProxy($"http://{proxy.Listeners["tunnel"]}"),
        SslOptions = folder.WorkloadTls(Name),
        AutomaticDecompression = DecompressionMethods.All,
    })
    {
        DefaultRequestVersion = Version.Parse(version),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<(HttpStatusCode Status, string Answer)> CallAsync(HttpClient client, string version, string tool)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Name}/mcp?n=1")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent($$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{tool}}}"}}""", new MediaTypeHeaderValue("application/json")),
        };
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task SayBackAsync(UpstreamExchange exchange)
    {
        await exchange.ReadBodyAsync();
        var answer = $$$"""{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"{{{exchange.Head.Replace("\r\n", "|", StringComparison.Ordinal)}}}"}]}}""";
        await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}");
    }
}
