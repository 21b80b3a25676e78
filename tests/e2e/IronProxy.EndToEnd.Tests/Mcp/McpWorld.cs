using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Mcp;

/// <summary>A proxy with MCP policies, and the servers of tests/e2e/mcp behind it, which are not of this project.</summary>
public sealed class McpWorld : IAsyncLifetime
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config: { domains: ["*.example.com"] }
        mcp:
          error: { code: -32055, message: "not for this agent" }
          servers:
            - name: tests
              rules: [{ host: "api.example.com" }]
              tools:
                - name: echo
                - name: test_simple_text
                - name: test_sampling
                - name: test_tool_with_progress
                - name: test_arguments
                  when:
                    - { path: owner, equals: ironsh }
                    - { path: labels.0, in: [bug, bot] }
              prompts: [{ name: test_simple_prompt }]
              resources: [{ uri: "test://static-*" }]
            # All that the conformance suite asks for.
            - name: conformance
              rules: [{ host: "other.example.com" }]
              tools: [TOOLS]
        """;

    private static readonly string[] ConformanceTools =
    [
        "test_simple_text", "test_image_content", "test_audio_content", "test_embedded_resource", "test_multiple_content_types", "test_tool_with_logging", "test_error_handling",
        "test_tool_with_progress", "test_sampling", "test_elicitation", "test_elicitation_sep1034_defaults", "test_elicitation_sep1330_enums", "test_reconnection", "json_schema_2020_12_tool",
    ];

    private readonly List<BackgroundProcess> _servers = [];

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set before any test runs.

    internal string ProxyUrl => $"http://127.0.0.1:{Proxy.Listeners["tunnel"].Port}";

    public async Task InitializeAsync()
    {
        Folder.WriteUpstreamCertificate(["api.example.com", "other.example.com"]);
        Proxy = await GatewayProcess.StartAsync(Folder, ExampleProxy.Settings + Policy.Replace("TOOLS", string.Join(", ", ConformanceTools.Select(t => $"{{ name: {t} }}")), StringComparison.Ordinal));
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        Folder.Dispose();
    }

    internal static string Program(params string[] name) => Repository.Path(["tests", "e2e", "mcp", .. name]);

    /// <summary>Starts a server, of which a test reads what it has seen.</summary>
    /// <returns>Its process, its port, and that of what stands behind its door, without TLS.</returns>
    internal async Task<(BackgroundProcess Process, int Port, int Origin)> ServeAsync(string kind)
    {
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Program("node_modules")), "the packages of tests/e2e/mcp are not installed (eng/install-test-tools.sh)");
        var process = await BackgroundProcess.StartAsync(
            ["node", Program("server.mjs"), kind, Folder.File("upstream.crt"), Folder.File("upstream.key")], line => line.StartsWith("port ", StringComparison.Ordinal));
        _servers.Add(process);
        int[] ports = [.. process.Ready["port ".Length..].Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
        return (process, ports[0], ports[1]);
    }

    /// <summary>Runs a program of tests/e2e/mcp or its packages, which trusts the proxy's CA.</summary>
    internal async Task<string> RunAsync(params string[] arguments)
    {
        var (exit, output, error) = await CommandLine.RunAsync("env", [$"NODE_EXTRA_CA_CERTS={Folder.CaFile}", $"IRON_TEST_PROXY={ProxyUrl}", $"HOME={Folder.FullPath}", "node", .. arguments]);
        Assert.True(exit == 0 || output.Contains("=== SUMMARY ===", StringComparison.Ordinal), $"node {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
        return output;
    }
}
