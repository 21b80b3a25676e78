using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Identity;

/// <summary>Clients with certificates of a CA that a reload replaces.</summary>
public sealed class ReplacedCaTests : IDisposable
{
    private const string Policy = """
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          tunnel_tls: { cert: tunnel.crt, key: tunnel.key, client_ca: clients.pem }
          clients:
            - { name: agent-7, certificate: { dns: agent-7.internal } }
            - { name: near, networks: ["127.0.0.0/8"] }
        dns: { enabled: false }
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }
        transforms:
          - name: allowlist
            config:
              rules: [{ host: "api.example.com", paths: [/open], clients: [agent-7] }]
        """;

    /// <summary>It is denied, and the connection stays.</summary>
    private const string Inside = "GET /closed HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n";

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task What_a_certificate_opened_ends_when_its_CA_is_one_no_more_and_it_opens_nothing_new()
    {
        using var certificates = new ClientCertificates(_folder);
        certificates.Issue("agent", dns: "agent-7.internal");
        certificates.Issue("other", dns: "agent-7.internal", byOther: true);
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy);
        await using var tunnel = await ConnectAsync(proxy, "agent");
        Assert.StartsWith("HTTP/1.1 200 ", await OpenAsync(tunnel), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(tunnel, Inside), StringComparison.Ordinal);

        // The same CAs, read again, change nothing for what is open.
        await ReloadAsync(proxy, 1);
        await using var again = await ConnectAsync(proxy, "agent");
        Assert.StartsWith("HTTP/1.1 200 ", await OpenAsync(again), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(again, Inside), StringComparison.Ordinal);

        certificates.ReplaceCa();
        var mark = await proxy.MarkAsync();
        await using var idle = await ConnectAsync(proxy, "agent"); // It has asked for nothing yet.
        await ReloadAsync(proxy, 2);
        Assert.StartsWith("HTTP/1.1 403 ", await OpenAsync(idle), StringComparison.Ordinal);
        await AssertEndsAsync(tunnel);
        await AssertEndsAsync(again);
        await using var other = await ConnectAsync(proxy, "other");
        Assert.StartsWith("HTTP/1.1 200 ", await OpenAsync(other), StringComparison.Ordinal);
        Assert.Equal(["connect - - client_certificate_unknown", "connect agent-7 certificate -"], await IdentityWorld.SaysAsync(proxy, mark, 2));
    }

    private static async Task ReloadAsync(GatewayProcess proxy, int times)
    {
        await proxy.SignalAsync("HUP");
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(proxy.Output.Split("the policy was reloaded (SIGHUP)").Length - 1 == times)), proxy.Output);
    }

    private async Task<SslStream> ConnectAsync(GatewayProcess proxy, string name)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(proxy.Listeners["tunnel"]);
        var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "proxy.example.com",
            ClientCertificates = [ClientCertificates.Read(_folder, name)],
            CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _folder.UpstreamCa }, RevocationMode = X509RevocationMode.NoCheck },
        }).WaitAsync(Patience.Event);
        return tls;
    }

    private static Task<string> OpenAsync(SslStream stream) => AskAsync(stream, "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n");

    /// <summary>Sends a request, and reads its answer, whose body is JSON if there is one.</summary>
    private static async Task<string> AskAsync(SslStream stream, string request)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = "";
        var buffer = new byte[4096];
        while (!answer.Contains("\r\n\r\n", StringComparison.Ordinal) || (answer.Contains("application/json", StringComparison.Ordinal) && !answer.TrimEnd().EndsWith('}')))
        {
            var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience.Event);
            Assert.NotEqual(0, read);
            answer += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return answer;
    }

    private static async Task AssertEndsAsync(SslStream stream)
    {
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience.Event));
        }
        catch (IOException)
        {
            // It was broken off.
        }
    }
}
