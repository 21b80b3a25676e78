using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Testing;

namespace IronProxy.Certificates.Tests;

public sealed class HandshakeTests
{
    [Fact]
    public async Task A_client_that_trusts_the_CA_completes_handshakes_one_after_the_other()
    {
        using var ca = TestCa.Create(TimeProvider.System);
        var cache = new LeafCertificateCache(ca, 10, TimeSpan.FromHours(1), newPerMinute: 300, TimeProvider.System);

        for (var i = 0; i < 5; i++)
        {
            var context = await cache.GetAsync(LeafName.ForHost("api.github.com"), denied: false, CancellationToken.None);
            var sent = await Handshake(context, "api.github.com", ca.Certificate);
            Assert.DoesNotContain(ca.Subject, sent); // Who trusts a root has it.
        }
    }

    [Fact]
    public async Task A_leaf_outlives_its_place_in_the_cache()
    {
        using var ca = TestCa.Create(TimeProvider.System);
        var cache = new LeafCertificateCache(ca, 1, TimeSpan.FromHours(1), newPerMinute: 300, TimeProvider.System);
        var context = await cache.GetAsync(LeafName.ForHost("api.github.com"), denied: false, CancellationToken.None);

        await cache.GetAsync(LeafName.ForHost("pypi.org"), denied: false, CancellationToken.None);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        await Handshake(context, "api.github.com", ca.Certificate);
    }

    [Fact]
    public async Task An_address_can_be_the_name_of_a_server()
    {
        using var ca = TestCa.Create(TimeProvider.System);
        var cache = new LeafCertificateCache(ca, 10, TimeSpan.FromHours(1), newPerMinute: 300, TimeProvider.System);
        var context = await cache.GetAsync(LeafName.ForAddress(IPAddress.Loopback), denied: false, CancellationToken.None);

        await Handshake(context, "127.0.0.1", ca.Certificate);
    }

    [Fact]
    public async Task A_CA_below_a_root_is_sent_along_so_that_trusting_the_root_is_enough()
    {
        using var openssl = new OpenSsl();
        var (root, _) = openssl.CreateCa("genrsa", "2048");
        openssl.Write("ext.cnf", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        openssl.Run("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "sub.key", "-subj", "/CN=sub CA", "-out", "sub.csr");
        openssl.Run("x509", "-req", "-in", "sub.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "7", "-days", "9", "-extfile", "ext.cnf", "-out", "sub.crt");
        using var ca = CertificateAuthority.Load(openssl.Read("sub.crt") + root, openssl.Read("sub.key"), TimeProvider.System);
        var cache = new LeafCertificateCache(ca, 10, TimeSpan.FromHours(1), newPerMinute: 300, TimeProvider.System);
        using var trusted = X509Certificate2.CreateFromPem(root);

        var context = await cache.GetAsync(LeafName.ForHost("api.github.com"), denied: false, CancellationToken.None);

        Assert.Contains("CN=sub CA", await Handshake(context, "api.github.com", trusted));
    }

    /// <summary>Lets a client and a server shake hands and returns the subjects that the server sent beside its own.</summary>
    private static async Task<List<string>> Handshake(SslStreamCertificateContext context, string host, X509Certificate2 trusted)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, limit.Token);
        using var accepted = await listener.AcceptTcpClientAsync(limit.Token);
        await using var serverTls = new SslStream(accepted.GetStream());
        await using var clientTls = new SslStream(client.GetStream());

        var sent = new List<string>();
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(trusted);
        var server = serverTls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, limit.Token);
        await clientTls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                {
                    sent.AddRange(chain!.ChainPolicy.ExtraStore.Select(c => c.Subject)); // With TLS there always is a chain.
                    return errors == SslPolicyErrors.None;
                },
            },
            limit.Token);
        await server;

        await clientTls.WriteAsync("ping"u8.ToArray(), limit.Token);
        var received = new byte[4];
        await serverTls.ReadExactlyAsync(received, limit.Token);
        Assert.Equal("ping"u8.ToArray(), received);
        return sent;
    }
}
