using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Mcp;

/// <summary>Servers and clients of the official SDKs, with the proxy between them.</summary>
public sealed class McpTests(McpWorld world) : IClassFixture<McpWorld>
{
    private const string Denied = "error -32055 MCP error -32055: not for this agent";

    /// <summary>The script ends with the session, which the client deletes.</summary>
    private static readonly string[] Steps =
    [
        """["tools"]""", """["prompts"]""", """["resources"]""", """["call","test_simple_text"]""", """["call","delete_everything",{}]""",
        """["call","test_arguments",{"owner":"ironsh","labels":["bot"]}]""", """["call","test_arguments",{"owner":"ironsh","labels":["other","bot"]}]""",
        """["prompt","test_simple_prompt"]""", """["prompt","hidden_prompt"]""", """["read","test://static-text"]""", """["read","test://hidden"]""",
    ];

    [SkippableTheory]
    [InlineData("stream", "mcp")]
    [InlineData("stream", "mcp/packed")]
    [InlineData("json", "mcp")]
    [InlineData("json", "mcp/packed")]
    public async Task The_official_client_sees_and_calls_what_is_allowed_and_the_server_hears_of_nothing_else(string kind, string path)
    {
        var server = await world.ServeAsync(kind);
        var output = await world.RunAsync(McpWorld.Program("client.mjs"), world.ProxyUrl, $"https://api.example.com:{server.Port}/{path}", $"[{string.Join(',', Steps)}]");

        Assert.Equal(
            [
                "tools test_arguments test_sampling test_simple_text test_tool_with_progress",
                "prompts test_simple_prompt",
                "resources test://static-text",
                "call This is a simple text response for testing.",
                $"call {Denied}",
                "call ironsh bot",
                $"call {Denied}",
                "prompt 1",
                $"prompt {Denied}",
                "read 1",
                $"read {Denied}",
                "",
            ],
            output.Split('\n'));
        string[] seen =
        [
            "saw 1.1 initialize ", "saw 1.1 notifications/initialized ", "saw 1.1 tools/list ", "saw 1.1 prompts/list ", "saw 1.1 resources/list ",
            "saw 1.1 tools/call test_simple_text", "saw 1.1 tools/call test_arguments", "saw 1.1 prompts/get test_simple_prompt", "saw 1.1 resources/read test://static-text",
        ];
        foreach (var line in seen)
        {
            Assert.Equal(line, await server.Process.NextLineAsync());
        }

        await world.Proxy.FenceAsync();
        var records = world.Proxy.Records.Where(r => r.GetProperty("audit").GetProperty("port").GetInt32() == server.Port && r.TryGetProperty("mcp", out _)).ToArray();
        Assert.All(records, r => Assert.Equal("tests", r.GetProperty("mcp").GetProperty("server").GetString()));
        var messages = records.SelectMany(r => r.GetProperty("mcp").GetProperty("messages").EnumerateArray()).Select(m => m.GetRawText()).ToArray();
        Assert.Contains("""{"direction":"request","type":"request","method":"tools/call","tool":"delete_everything","decision":"deny","reason":"tool_not_allowed"}""", messages);
        Assert.Contains("""{"direction":"request","type":"request","method":"prompts/get","prompt":"hidden_prompt","decision":"deny","reason":"prompt_not_allowed"}""", messages);
        Assert.Contains("""{"direction":"request","type":"request","method":"resources/read","resource":"test://hidden","decision":"deny","reason":"resource_not_allowed"}""", messages);
        Assert.Contains("""{"direction":"request","type":"request","method":"tools/call","tool":"test_simple_text","decision":"allow"}""", messages);
        Assert.Contains("""{"direction":"response","type":"response","decision":"filter","filtered":3}""", messages);
        var denied = records.Where(r => r.GetProperty("audit").GetProperty("action").GetString() == "reject").ToArray();
        Assert.Equal(4, denied.Length);
        Assert.All(denied, r => Assert.Equal("mcp refused", $"{r.GetProperty("rejected_by")} {r.GetProperty("audit").GetProperty("outcome")}"));
    }

    /// <summary>The server asks the client in the stream of its answer, and the client answers in a request of its own.</summary>
    [SkippableFact]
    public async Task Questions_and_progress_of_the_server_pass_in_both_directions()
    {
        var server = await world.ServeAsync("stream");
        var output = await world.RunAsync(
            McpWorld.Program("client.mjs"), world.ProxyUrl, $"https://api.example.com:{server.Port}/mcp", """[["progress","test_tool_with_progress",{}],["call","test_sampling",{"prompt":"x"}]]""");

        Assert.Equal("progress 0,50,100\ncall LLM response: sampled\n", output);
        while (await server.Process.NextLineAsync() != "saw 1.1 answer ")
        {
            // What came before it.
        }
    }

    /// <summary>A question that is not allowed never reaches the client's model. The client answers what stands in its place as it answers all that it does not know, and the server goes on.</summary>
    [SkippableTheory]
    [InlineData("{ path: maxTokens, equals: 100 }", "call LLM response: sampled\n", "allow")]
    [InlineData("{ path: maxTokens, equals: 50 }", "call MCP error -32601: Method not found\n", "deny")]
    public async Task The_model_of_the_client_is_asked_what_is_allowed(string matcher, string result, string decision)
    {
        var server = await world.ServeAsync("stream");
        await using var proxy = await GatewayProcess.StartAsync(world.Folder, ExampleProxy.Settings + $$"""
            transforms:
              - { name: allowlist, config: { domains: ["api.example.com"] } }
            mcp:
              servers:
                - { name: tests, rules: [{ host: "api.example.com" }], tools: [{ name: test_sampling }], sampling: [{ when: [{{matcher}}] }] }
            """);
        var output = await world.RunAsync(
            McpWorld.Program("client.mjs"), $"http://127.0.0.1:{proxy.Listeners["tunnel"].Port}", $"https://api.example.com:{server.Port}/mcp", """[["call","test_sampling",{"prompt":"x"}]]""");

        Assert.Equal(result, output);
        await proxy.FenceAsync();
        Assert.Contains(
            $$"""{"direction":"response","type":"request","method":"sampling/createMessage","decision":"{{decision}}"}""",
            proxy.Records.Where(r => r.TryGetProperty("mcp", out _)).SelectMany(r => r.GetProperty("mcp").GetProperty("messages").EnumerateArray()).Select(m => m.GetRawText()));
    }

    [SkippableFact]
    public async Task The_server_that_shows_all_of_MCP_shows_what_is_allowed()
    {
        var server = await world.ServeAsync("everything");
        var output = await world.RunAsync(
            McpWorld.Program("client.mjs"), world.ProxyUrl, $"https://api.example.com:{server.Port}/mcp", """[["tools"],["call","echo",{"message":"hello"}],["call","get-env",{}],["resources"],["prompts"]]""");

        Assert.Equal($"tools echo\ncall Echo: hello\ncall {Denied}\nresources \nprompts \n", output);
        string[] seen = ["initialize ", "notifications/initialized ", "tools/list ", "tools/call echo", "resources/list ", "prompts/list "];
        foreach (var line in seen)
        {
            Assert.Equal($"saw 1.1 {line}", await server.Process.NextLineAsync());
        }
    }

    /// <summary>
    /// Left out is what attacks the server's own check of Host: the proxy refuses such a request itself. What the server does not have fails without the proxy, too.
    /// </summary>
    [SkippableFact]
    public async Task The_conformance_suite_says_the_same_with_and_without_the_proxy()
    {
        var server = await world.ServeAsync("stream");
        var suite = McpWorld.Program("node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");
        string[] Arguments(string url, string folder) => [suite, "server", "--suite", "all", "--url", url, "-o", world.Folder.File(folder)];

        var direct = Summary(await world.RunAsync(Arguments($"http://127.0.0.1:{server.Origin}/mcp", "direct")));
        var through = Summary(await world.RunAsync(["--import", McpWorld.Program("through_proxy.mjs"), .. Arguments($"https://other.example.com:{server.Port}/mcp", "through")]));

        Assert.Equal(direct, through);
        Assert.Equal(31, direct.Length);
        Assert.True(direct.Count(l => l.Contains(", 0 failed", StringComparison.Ordinal)) >= 13, string.Join('\n', direct));
    }

    private static string[] Summary(string output) =>
    [
        .. output[(output.IndexOf("=== SUMMARY ===", StringComparison.Ordinal) + 1)..].Split('\n').Select(l => l.Trim())
            .Where(l => l.Contains(" passed, ", StringComparison.Ordinal) && !l.StartsWith("Total", StringComparison.Ordinal) && !l.Contains("dns-rebinding-protection", StringComparison.Ordinal)),
    ];
}
