using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Identity;

/// <summary>Two proxies with one list of clients, without and with TLS on their tunnel listener, an upstream, and certificates of clients of every kind.</summary>
public sealed class IdentityWorld : IAsyncLifetime
{
    private X509Certificate2 _upstreamCertificate = null!; // Set before any test runs, as is all below.

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    /// <summary>Exist nowhere else.</summary>
    internal string CiPassword { get; } = $"canary-ci-{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}";

    internal string AgentPassword { get; } = $"canary-agent-{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}";

    internal GatewayProcess Plain { get; private set; } = null!;

    internal GatewayProcess Tls { get; private set; } = null!;

    internal ScriptedUpstream Upstream { get; private set; } = null!;

    internal ScriptedUpstream PlainUpstream { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _upstreamCertificate = Folder.UpstreamCertificate(["api.example.com", "other.example.com", "passed.example.com"]);
        using var certificates = new ClientCertificates(Folder);
        certificates.Issue("agent", dns: "agent-7.internal");
        certificates.Issue("robot", uri: "spiffe://corp.example/robot");
        certificates.Issue("unknown", dns: "agent-8.internal");
        certificates.Issue("both", dns: "agent-7.internal", uri: "spiffe://corp.example/robot");
        certificates.Issue("other-ca", dns: "agent-7.internal", byOther: true);
        certificates.Issue("expired", dns: "agent-7.internal", expired: true);
        certificates.Issue("server", dns: "agent-7.internal", purpose: ClientCertificates.ServerAuthentication);
        Folder.Write("agent-password", AgentPassword + "\n");
        Upstream = ScriptedUpstream.Start(_upstreamCertificate);
        PlainUpstream = ScriptedUpstream.Start();
        Plain = await StartAsync(tls: false);
        Tls = await StartAsync(tls: true);
    }

    public async Task DisposeAsync()
    {
        await Plain.DisposeAsync();
        await Tls.DisposeAsync();
        await Upstream.DisposeAsync();
        await PlainUpstream.DisposeAsync();
        _upstreamCertificate.Dispose();
        Folder.Dispose();
    }

    /// <summary>Runs curl, which prints what it got of the upstream, and the status of the tunnel and of the request.</summary>
    internal async Task<(int Exit, string Output)> CurlAsync(params string[] arguments)
    {
        CommandLine.Require("curl", "curl");
        var (exit, output, _) = await CommandLine.RunAsync(["curl", "--silent", "--max-time", "60", "--cacert", Folder.CaFile, "--write-out", " %{http_connect} %{http_code}", .. arguments]);
        return (exit, output.Replace("ok\n", "ok", StringComparison.Ordinal));
    }

    internal string PlainProxy(string scheme = "http") => $"{scheme}://127.0.0.1:{Plain.Listeners["tunnel"].Port}";

    internal string[] TlsProxy(string? certificate = null) =>
    [
        "--proxy", $"https://127.0.0.1:{Tls.Listeners["tunnel"].Port}", "--proxy-cacert", Folder.UpstreamCaFile,
        .. certificate is null ? [] : (string[])["--proxy-cert", Folder.File($"{certificate}.crt"), "--proxy-key", Folder.File($"{certificate}.key")],
    ];

    internal string Url(string host = "api.example.com", string path = "/x") => $"https://{host}:{Upstream.Port}{path}";

    internal string PlainUrl(string path = "/x") => $"http://api.example.com:{PlainUpstream.Port}{path}";

    /// <summary>What the records of a proxy since a mark say: mode, client and what named it, and the reason of a refusal.</summary>
    internal static async Task<string[]> SaysAsync(GatewayProcess proxy, int mark, int expected) =>
        [.. (await proxy.RecordsSinceAsync(mark, expected)).Select(r => r.GetProperty("audit")).Select(a =>
            string.Join(' ', new[] { "mode", "client", "client_by", "reason" }.Select(m => a.TryGetProperty(m, out JsonElement value) ? value.GetString() : "-")).TrimStart())];

    /// <summary>Neither log nor upstream has any password, in whatever form it was shown.</summary>
    internal void AssertPasswordsAreNowhere()
    {
        foreach (var text in new[] { Plain.Output, Tls.Output, Upstream.Received, PlainUpstream.Received })
        {
            Assert.DoesNotContain(CiPassword, text, StringComparison.Ordinal);
            Assert.DoesNotContain(AgentPassword, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"ci:{CiPassword}")), text, StringComparison.Ordinal);
            Assert.DoesNotContain("Proxy-Authorization", text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private Task<GatewayProcess> StartAsync(bool tls) => GatewayProcess.StartAsync(
        Folder,
        $$"""
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "192.0.2.80"
          records:
            - { name: "api.example.com", type: A, value: "127.0.0.1" }
            - { name: "other.example.com", type: A, value: "127.0.0.1" }
            - { name: "passed.example.com", type: A, value: "127.0.0.1" }
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          upstream_deny_cidrs: []
          {{(tls ? "tunnel_tls: { cert: tunnel.crt, key: tunnel.key, client_ca: clients.pem }" : "")}}
          clients:
            - { name: ci, password: { type: env, var: CI_PASSWORD } }
            - { name: agent-7, username: agent, password: { type: file, path: agent-password }{{(tls ? ", certificate: { dns: agent-7.internal }" : "")}} }
            - { name: robot, networks: ["127.0.0.99/32"]{{(tls ? ", certificate: { uri: 'spiffe://corp.example/robot' }" : "")}} }
            - { name: build-net, networks: ["127.0.0.2/32"] }
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }
        log: { level: debug }
        transforms:
          - name: allowlist
            config:
              rules:
                - { host: "api.example.com" }
                - { host: "other.example.com", clients: [agent-7] }
                - { host: "passed.example.com", tls: passthrough, clients: [agent-7, ci] }
        """,
        ("CI_PASSWORD", CiPassword));
}
