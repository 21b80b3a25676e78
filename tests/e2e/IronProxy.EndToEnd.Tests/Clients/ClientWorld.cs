using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Clients;

/// <summary>A proxy, and what programs of others need to reach servers of others through it: its address and its CA beside those of the upstreams.</summary>
public sealed class ClientWorld : IAsyncLifetime
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
              rules:
                - { host: "other.example.com", paths: ["/example.Bytes/*"] }
        """;

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set before any test runs.

    internal string ProxyUrl => $"http://127.0.0.1:{Proxy.Listeners["tunnel"].Port}";

    public async Task InitializeAsync()
    {
        Proxy = await GatewayProcess.StartAsync(Folder, ExampleProxy.Settings + Policy);
        Folder.WriteUpstreamCertificate(["api.example.com", "other.example.com"]);
    }

    public async Task DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>Where the programs of this kind of test are.</summary>
    internal static string Program(string name) => Repository.Path("tests", "e2e", "clients", name);

    /// <summary>Starts a server, which prints its port first.</summary>
    internal async Task<(BackgroundProcess Process, int Port)> ServeAsync(params string[] command)
    {
        var process = await BackgroundProcess.StartAsync(command, line => line.StartsWith("port ", StringComparison.Ordinal));
        return (process, int.Parse(process.Ready["port ".Length..], CultureInfo.InvariantCulture));
    }

    /// <summary>Starts the web site, with the repositories of a folder.</summary>
    internal Task<(BackgroundProcess Process, int Port)> ServeSiteAsync(string? repositories = null)
    {
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Repository.Path("tests", "e2e", "judges", "node_modules", "ws")), "the packages of tests/e2e/judges are not installed (eng/install-test-tools.sh)");
        return ServeAsync("node", Program("site.mjs"), Folder.File("upstream.crt"), Folder.File("upstream.key"), repositories ?? Folder.FullPath);
    }

    /// <summary>Runs a client with the proxy and its CA in the environment, as workloads have them.</summary>
    internal async Task<string> RunAsync(params string[] command)
    {
        string[] environment =
        [
            "env", $"https_proxy={ProxyUrl}", $"HTTPS_PROXY={ProxyUrl}", "NO_PROXY=", "no_proxy=", $"HOME={Folder.FullPath}",
            $"NODE_EXTRA_CA_CERTS={Folder.CaFile}", $"REQUESTS_CA_BUNDLE={Folder.CaFile}", $"GIT_SSL_CAINFO={Folder.CaFile}",
        ];
        var (exit, output, error) = await CommandLine.RunAsync([.. environment, .. command]);
        Assert.True(exit == 0, $"{string.Join(' ', command)} ended with {exit}: {error}{output}");
        return output;
    }
}
