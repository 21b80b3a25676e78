namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>
/// A proxy that many tests share: every name under example.com leads to loopback, where a test's upstream listens on a port
/// of its own, and is allowed.
/// </summary>
public sealed class ExampleProxy : IAsyncLifetime
{
    /// <summary>All sections but the transforms.</summary>
    public const string Settings = """
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "192.0.2.80"
          records:
            - { name: "api.example.com", type: A, value: "127.0.0.1" }
            - { name: "other.example.com", type: A, value: "127.0.0.1" }
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          upstream_deny_cidrs: []
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }

        """;

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set before any test runs.

    public async Task InitializeAsync() => Proxy = await GatewayProcess.StartAsync(Folder, Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["*.example.com"]
        """);

    public async Task DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Folder.Dispose();
    }

    internal int Port(string listener) => Proxy.Listeners[listener].Port;
}
