using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Queries;

/// <summary>A proxy with policies for JSON-RPC and GraphQL, and the server of tests/e2e/queries behind it, which is not of this project.</summary>
public sealed class QueriesWorld : IAsyncLifetime
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config: { domains: ["api.example.com"] }
          - name: json_rpc
            config:
              name: node
              rules: [{ host: "api.example.com", paths: [/rpc] }]
              methods:
                - name: eth_chainId
                - name: eth_blockNumber
                - name: eth_call
                  when: [{ path: "0.to", matches: "(?i)^0x6b175474e89094c44da98b954eedeac495271d0f$" }]
              error: { code: -32004, message: "not for this agent" }
          - name: graphql
            config:
              name: issues
              rules: [{ host: "api.example.com", paths: [/graphql] }]
              queries:
                - field: repository
                  when: [{ path: owner, equals: example }]
                  fields: [name, issues.title]
              mutations:
                - field: createIssue
                  when: [{ path: input.repo, in: [docs, website] }]
              error: { message: "not for this agent" }
        """;

    private BackgroundProcess? _server;

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set before any test runs.

    public async Task InitializeAsync()
    {
        Folder.WriteUpstreamCertificate(["api.example.com"]);
        Proxy = await GatewayProcess.StartAsync(Folder, ExampleProxy.Settings + Policy);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>Runs a client against the server, with the proxy between them.</summary>
    /// <returns>The lines of its output.</returns>
    internal async Task<string[]> RunAsync(string client, string path)
    {
        _server ??= await BackgroundProcess.StartAsync(
            ["node", Program("server.mjs"), Folder.File("upstream.crt"), Folder.File("upstream.key")], line => line.StartsWith("port ", StringComparison.Ordinal));
        var port = int.Parse(_server.Ready["port ".Length..], CultureInfo.InvariantCulture);
        return (await RunAsync([Program(client), $"http://127.0.0.1:{Proxy.Listeners["tunnel"].Port}", $"https://api.example.com:{port}/{path}"])).TrimEnd('\n').Split('\n');
    }

    /// <summary>Runs a program of node, which trusts the proxy's CA.</summary>
    internal async Task<string> RunAsync(params string[] arguments)
    {
        var (exit, output, error) = await CommandLine.RunAsync("env", [$"NODE_EXTRA_CA_CERTS={Folder.CaFile}", $"HOME={Folder.FullPath}", "node", .. arguments]);
        Assert.True(exit == 0, $"node {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
        return output;
    }

    /// <summary>What the server has seen, up to as many lines.</summary>
    internal async Task<string[]> SeenAsync(int lines)
    {
        var seen = new List<string>();
        while (seen.Count < lines)
        {
            seen.Add(await _server!.NextLineAsync()); // A client has run.
        }

        return [.. seen];
    }

    internal static string Program(string name)
    {
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Repository.Path("tests", "e2e", "queries", "node_modules")), "the packages of tests/e2e/queries are not installed (eng/install-test-tools.sh)");
        return Repository.Path("tests", "e2e", "queries", name);
    }
}
