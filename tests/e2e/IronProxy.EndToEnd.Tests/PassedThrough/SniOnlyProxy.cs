using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.PassedThrough;

/// <summary>A proxy that passes TLS through, in a folder without a CA.</summary>
public sealed class SniOnlyProxy : IAsyncLifetime
{
    /// <summary>An address of its own for what is dialled at port 443.</summary>
    public const string HttpsAddress = "127.80.44.3";

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set before any test runs.

    public async Task InitializeAsync()
    {
        File.Delete(Folder.CaFile);
        Proxy = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Folder.Dispose();
    }

    internal Task<GatewayProcess> StartAsync() => GatewayProcess.StartAsync(Folder, ExampleProxy.Settings
        .Replace("tls: { ca_cert: \"ca.crt\", ca_key: \"ca.key\" }", "tls: { mode: sni-only }", StringComparison.Ordinal)
        .Replace("  records:", $$"""
              records:
                - { name: "direct.example.com", type: A, value: "{{HttpsAddress}}" }
            """, StringComparison.Ordinal) + """
        transforms:
          - name: allowlist
            config:
              domains: ["*.example.com"]
        """);
}
