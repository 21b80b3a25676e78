using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Certificates;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class UpstreamPoolTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _upstream = [];
    private readonly List<SslStream> _upstreamTls = [];
    private readonly List<Socket> _proxy = [];
    private int _refused;

    public UpstreamPoolTests() => _listener.Start();

    public void Dispose()
    {
        _upstreamTls.ForEach(s => s.Dispose());
        _upstream.ForEach(s => s.Dispose());
        _listener.Dispose();
    }

    [Fact]
    public async Task A_connection_is_kept_for_the_next_request_to_its_origin()
    {
        using var pool = Pool(2);
        var first = await RentAsync(pool, 1);
        pool.Return(first);
        Assert.Same(first, await RentAsync(pool, 1));
        Assert.NotSame(first, await RentAsync(pool, 2));
    }

    [Fact]
    public async Task A_new_connection_is_new()
    {
        using var pool = Pool(2);
        var first = await RentAsync(pool, 1);
        pool.Return(first);
        Assert.NotSame(first, await pool.RentAsync(Origin(1), fresh: true, IPAddress.Loopback, CancellationToken.None));
    }

    [Fact]
    public async Task The_least_recently_used_idle_one_makes_room()
    {
        using var pool = Pool(3);
        var (first, second, third) = (await RentAsync(pool, 1), await RentAsync(pool, 2), await RentAsync(pool, 3));
        pool.Return(second);
        pool.Return(first);

        await RentAsync(pool, 4);
        Assert.True(await IsClosedAsync(1)); // The second connection that was opened.
        Assert.Same(first, await RentAsync(pool, 1));
        Assert.NotNull(third);
    }

    [Fact]
    public async Task Without_an_idle_one_the_request_is_refused_and_the_next_one_after_an_end_is_not()
    {
        using var pool = Pool(2);
        var first = await RentAsync(pool, 1);
        await RentAsync(pool, 1);
        var refused = await Assert.ThrowsAsync<UpstreamRefusedException>(() => RentAsync(pool, 2));
        Assert.Equal((Reason.TooManyUpstreamConnections, 1), (refused.Reason, _refused));

        first.Close();
        first.Close(); // Twice is once: the place is given back one time.
        await RentAsync(pool, 2);
        await Assert.ThrowsAsync<UpstreamRefusedException>(() => RentAsync(pool, 3));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_opened_gives_its_place_back()
    {
        var fail = true;
        using var pool = new UpstreamPool(
            (_, _, _, _, _) => fail ? throw new UpstreamRefusedException(Reason.UpstreamUnreachable) : ConnectAsync(), new UpstreamPermits(1), () => _refused++, _time);
        await Assert.ThrowsAsync<UpstreamRefusedException>(() => RentAsync(pool, 1));
        fail = false;
        await RentAsync(pool, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_ends_or_speaks_while_it_is_idle_is_dropped(bool speaks)
    {
        using var pool = Pool(1);
        var first = await RentAsync(pool, 1);
        pool.Return(first);
        if (speaks)
        {
            await _upstream[0].SendAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
        }
        else
        {
            _upstream[0].Dispose();
        }

        await UntilAsync(() => _proxy[0].Poll(0, SelectMode.SelectRead));
        Assert.NotSame(first, await RentAsync(pool, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_closed_when_it_came_back_does_not_serve_again(bool tls)
    {
        // A client that goes away closes the connection of its request, at the very moment in which that ends.
        using var pool = Pool(2, tls);
        var first = await RentAsync(pool, 1);
        pool.Return(first);
        first.Close();
        Assert.NotSame(first, await RentAsync(pool, 1));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, 0)]
    [InlineData(SslProtocols.Tls13, 0)]
    [InlineData(SslProtocols.Tls12, 1)]
    [InlineData(SslProtocols.Tls13, 3)]
    [InlineData(SslProtocols.Tls13, 20)]
    public async Task A_part_of_a_tls_record_is_something_that_nobody_asked_for(SslProtocols protocol, int bytes)
    {
        using var pool = Pool(1, tls: true, protocol);
        var first = await RentAsync(pool, 1);
        await _upstreamTls[0].WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
        Assert.Equal(17, await first.FillAsync());
        first.Consume(17);
        pool.Return(first);

        // A record of its type, a version and a length whose bytes never come.
        byte[] record = [0x17, 3, 3, 0, 64, .. new byte[64]];
        await _upstream[0].SendAsync(record.AsMemory(0, bytes));
        await UntilAsync(() => _proxy[0].Available == bytes);
        Assert.Equal(bytes == 0, ReferenceEquals(first, await RentAsync(pool, 1)));
    }

    [Fact]
    public async Task What_has_ended_is_taken_out_without_being_asked_for()
    {
        using var pool = Pool(4);
        Http1Connection[] connections = [await RentAsync(pool, 1), await RentAsync(pool, 2), await RentAsync(pool, 3)];
        Array.ForEach(connections, pool.Return);
        _upstream[0].Dispose();
        _upstream[1].Dispose();

        await UntilAsync(() => connections[0].Node.List is null && connections[1].Node.List is null);
        Assert.Same(connections[2], await RentAsync(pool, 3));
    }

    [Fact]
    public async Task Age_ends_a_connection()
    {
        using var pool = Pool(1);
        var first = await RentAsync(pool, 1);
        pool.Return(first);
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.NotSame(first, await RentAsync(pool, 1));
    }

    [Fact]
    public async Task The_end_of_the_pool_ends_what_is_idle_and_what_comes_back()
    {
        var pool = Pool(2);
        var (idle, used) = (await RentAsync(pool, 1), await RentAsync(pool, 2));
        pool.Return(idle);
        pool.Dispose();
        Assert.True(await IsClosedAsync(0));
        pool.Return(used);
        Assert.True(await IsClosedAsync(1));
        await Assert.ThrowsAsync<UpstreamRefusedException>(() => RentAsync(pool, 1));
    }

    [Fact]
    public async Task An_origin_that_chooses_http_1_1_is_not_asked_again_for_a_while()
    {
        using var pool = Pool(4);
        var client = pool.RentHttp2(Origin(1))!;
        using var request = new UpstreamRequest(IPAddress.Loopback, new AuditRecord(0))
        {
            RequestUri = new Uri("https://a.example/"),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, CancellationToken.None));
        Assert.IsType<Http1ChosenException>(error.InnerException);
        pool.Return(client);

        Assert.Null(pool.RentHttp2(Origin(1)));
        await RentAsync(pool, 1);
        Assert.Single(_upstream); // The connection on which it chose serves.
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.NotNull(pool.RentHttp2(Origin(1)));
    }

    private UpstreamPool Pool(int limit, bool tls = false, SslProtocols protocol = SslProtocols.None) =>
        new((_, _, permit, _, _) => tls ? ConnectTlsAsync(permit, protocol) : ConnectAsync(), new UpstreamPermits(limit), () => _refused++, _time);

    private static UpstreamOrigin Origin(int port) => new("https", CanonicalHost.FromAddress(IPAddress.Loopback), port);

    private static async Task<Http1Connection> RentAsync(UpstreamPool pool, int port) => await pool.RentAsync(Origin(port), fresh: false, IPAddress.Loopback, CancellationToken.None);

    private async ValueTask<Stream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_listener.LocalEndpoint);
        _proxy.Add(socket);
        _upstream.Add(await _listener.AcceptSocketAsync());
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async ValueTask<Stream> ConnectTlsAsync(UpstreamPermit permit, SslProtocols protocol)
    {
        var ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);
        using var authority = CertificateAuthority.Load(ca.CertificatePem, ca.PrivateKeyPem, TimeProvider.System);
        using var root = X509Certificate2.CreateFromPem(ca.CertificatePem);
        var leaves = new LeafCertificateCache(authority, 1, TimeSpan.FromHours(1), 1, TimeProvider.System);
        var server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = await leaves.GetAsync(LeafName.ForHost("upstream.test"), denied: false, CancellationToken.None),
            EnabledSslProtocols = protocol,
        };
        var client = new SslClientAuthenticationOptions
        {
            TargetHost = "upstream.test",
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck },
        };
        var near = new UpstreamTlsStream(new TlsRecordStream(await ConnectAsync()), permit);
        var far = new SslStream(new NetworkStream(_upstream[^1]));
        _upstreamTls.Add(far);
        await Task.WhenAll(far.AuthenticateAsServerAsync(server), near.AuthenticateAsClientAsync(client)).WaitAsync(Patience.Event);
        return near;
    }

    private async Task<bool> IsClosedAsync(int connection)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        return await _upstream[connection].ReceiveAsync(new byte[1], limit.Token) == 0;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
