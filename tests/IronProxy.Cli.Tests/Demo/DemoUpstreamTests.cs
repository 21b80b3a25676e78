using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.Certificates;
using IronProxy.Cli.Commands.Demo;

namespace IronProxy.Cli.Tests.Demo;

public class DemoUpstreamTests
{
    [Fact]
    public async Task It_answers_over_TLS_with_what_it_received_and_remembers_it()
    {
        var pem = CaGenerator.Create(new CaOptions(), TimeProvider.System);
        using var ca = CertificateAuthority.Load(pem.CertificatePem, pem.PrivateKeyPem, TimeProvider.System);
        using var leaf = new LeafIssuer(ca, TimeSpan.FromHours(1), TimeProvider.System).Issue(LeafName.ForHost("httpbin.org"));
        await using var upstream = new DemoUpstream(leaf);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, upstream.Port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "httpbin.org",
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { ca.Certificate },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });

        await tls.WriteAsync(Encoding.ASCII.GetBytes("GET /get?a=b HTTP/1.1\r\nHost: httpbin.org\r\nX-One: 1\r\n\r\n"));
        var head = await HttpHead.ReadAsync(tls, CancellationToken.None);
        var body = new byte[int.Parse(head!.Header("content-length")!, null)];
        await tls.ReadExactlyAsync(body);

        Assert.Equal("HTTP/1.1 200 OK", head.FirstLine);
        Assert.Equal("""{"request":"GET /get?a=b HTTP/1.1","headers":{"Host":"httpbin.org","X-One":"1"}}""", Encoding.UTF8.GetString(body));
        Assert.Equal(1, upstream.Count);
        Assert.Equal("1", upstream.Last.Header("x-one"));
    }
}
