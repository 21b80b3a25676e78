using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Worlds;

/// <summary>
/// What lies beyond a deployment, in a namespace of its own, on addresses that are set aside for documentation: servers that answer
/// everyone (web, TLS, SSH's port, QUIC, time, a resolver, metadata services), where nothing of a workload must arrive; and the
/// upstream that policies allow, with a resolver for the proxy. It writes down what came, so that a test need not trust the one who
/// tried: a datagram that got out is seen even when its answer did not come back.
/// </summary>
internal sealed class OutsideWorld : IAsyncDisposable
{
    /// <summary>Where nothing may arrive.</summary>
    public const string Server = "198.51.100.10";
    public const string ServerV6 = "2001:db8:20::10";

    /// <summary>What the proxy may reach: HTTP on 80, HTTPS on 443, and on 53 a resolver that gives this address to every name.</summary>
    public const string Upstream = "198.51.100.20";
    public const string UpstreamV6 = "2001:db8:20::20";

    /// <summary>Ends of the cable to the host.</summary>
    public const string Gateway = "203.0.113.1";
    public const string GatewayV6 = "2001:db8:10::1";
    public const string Host = "203.0.113.2";
    public const string HostV6 = "2001:db8:10::2";

    private static readonly string[] Metadata = ["169.254.169.254", "169.254.170.2", "fd00:ec2::254"];

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _serving = [];
    private readonly ConcurrentQueue<string> _arrivals = [];
    private readonly X509Certificate2 _foreign;
    private readonly X509Certificate2 _upstream;

    private OutsideWorld(NetworkNamespace network, X509Certificate2 upstream)
    {
        Network = network;
        _upstream = upstream;
        _foreign = ForeignCertificate();
    }

    public NetworkNamespace Network { get; }

    /// <summary>Heads of the requests that reached the upstream.</summary>
    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>Everything that came to where nothing may arrive, such as <c>tcp 198.51.100.10:443 from 203.0.113.2</c>.</summary>
    public IReadOnlyList<string> Arrivals => [.. _arrivals];

    /// <summary>What <c>ironc doctor --probe</c> is to try.</summary>
    public static IReadOnlyList<string> Probes { get; } =
        [.. new[] { Server, $"[{ServerV6}]" }.SelectMany(address => new[] { 22, 80, 443, 8443 }, (address, port) => $"{address}:{port}")];

    /// <summary>Makes it.</summary>
    /// <param name="upstream">The upstream's certificate, which the proxy has to trust.</param>
    public static async Task<OutsideWorld> StartAsync(X509Certificate2 upstream)
    {
        var world = new OutsideWorld(await NetworkNamespace.CreateAsync("out"), upstream);
        foreach (var address in (string[])[Server, ServerV6, Upstream, UpstreamV6, .. Metadata])
        {
            await world.Network.AddAddressAsync(address + (address.Contains(':', StringComparison.Ordinal) ? "/128" : "/32"));
        }

        foreach (var address in new[] { Server, ServerV6 }.Select(IPAddress.Parse))
        {
            world.Http(world.Network, new IPEndPoint(address, 22), null);
            world.Http(world.Network, new IPEndPoint(address, 80), null);
            foreach (var port in new[] { 443, 853, 8443 })
            {
                world.Http(world.Network, new IPEndPoint(address, port), world._foreign);
            }

            foreach (var port in new[] { 123, 443, 8443 })
            {
                // Any answer will do, if what came is as long as a request for the time.
                world.Datagrams(new IPEndPoint(address, port), query => query.Length >= 48 ? query : null, isExpected: false);
            }

            world.Resolver(new IPEndPoint(address, 53), NoSuchName, isExpected: false);
        }

        foreach (var address in Metadata)
        {
            world.Http(world.Network, new IPEndPoint(IPAddress.Parse(address), 80), null);
        }

        foreach (var address in new[] { Upstream, UpstreamV6 }.Select(IPAddress.Parse))
        {
            world.Http(world.Network, new IPEndPoint(address, 80), null, isExpected: true);
            world.Http(world.Network, new IPEndPoint(address, 443), world._upstream, isExpected: true);
            world.Resolver(new IPEndPoint(address, 53), EveryName, isExpected: true);
        }

        return world;
    }

    /// <summary>Lays the cable to a host, which sends everything this way.</summary>
    public async Task ConnectAsync(NetworkNamespace host)
    {
        await host.ConnectAsync(Network, [Host + "/24", HostV6 + "/64"], [Gateway + "/24", GatewayV6 + "/64"]);
        await host.AddDefaultRouteAsync(Gateway);
        await host.AddDefaultRouteAsync(GatewayV6);
    }

    /// <summary>
    /// Attacks, and asserts that it holds: nothing arrived here that must not, a request with the real secret came to the upstream, and
    /// the workload did not see that.
    /// </summary>
    /// <param name="attack">Runs doctor as the workload, with a request that carries the placeholder.</param>
    /// <param name="secret">What stands instead of it in <c>Authorization</c> when it comes here.</param>
    public async Task<DoctorReport> AssertHeldAsync(Func<Task<DoctorReport>> attack, string secret)
    {
        var (arrived, received) = (_arrivals.Count, Received.Count);
        var report = await attack();
        report.AssertHeld(_arrivals.Skip(arrived));
        Assert.Contains(Received.Skip(received), head => head.Contains($"Authorization: Bearer {secret}\r\n", StringComparison.Ordinal));
        Assert.DoesNotContain(secret, report.Output, StringComparison.Ordinal);
        return report;
    }

    /// <summary>Serves HTTP in another network as well, such as that of a host whose services are none of the workload's business.</summary>
    public void ServeAlso(NetworkNamespace network, IPEndPoint endpoint) => Http(network, endpoint, null);

    /// <summary>A resolver like the upstream's at another address that is here.</summary>
    public void ServeNames(IPAddress address) => Resolver(new IPEndPoint(address, 53), EveryName, isExpected: true);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_serving);
        _sockets.ForEach(s => s.Dispose());
        await Network.DisposeAsync();
        _foreign.Dispose();
        _upstream.Dispose();
        _stopping.Dispose();
    }

    private void Http(NetworkNamespace network, IPEndPoint endpoint, X509Certificate2? certificate, bool isExpected = false)
    {
        var listener = network.Listen(endpoint);
        _sockets.Add(listener);
        _serving.Add(ForeverAsync(async () =>
        {
            var client = await listener.AcceptAsync(_stopping.Token);
            Note("tcp", endpoint, client.RemoteEndPoint!, isExpected); // An accepted socket has one.
            _ = Task.Run(() => AnswerAsync(client, certificate, isExpected));
        }));
    }

    private void Note(string protocol, IPEndPoint endpoint, EndPoint from, bool isExpected)
    {
        if (!isExpected)
        {
            _arrivals.Enqueue($"{protocol} {endpoint} from {((IPEndPoint)from).Address}");
        }
    }

    private async Task AnswerAsync(Socket client, X509Certificate2? certificate, bool isUpstream)
    {
        try
        {
            await using var plain = new NetworkStream(client, ownsSocket: true);
            await using var stream = certificate is null ? plain : (Stream)new SslStream(plain);
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _stopping.Token);
            }

            var head = "";
            var buffer = new byte[4096];
            while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer, _stopping.Token);
                if (read == 0)
                {
                    return;
                }

                head += Encoding.Latin1.GetString(buffer, 0, read);
            }

            if (isUpstream)
            {
                Received.Enqueue(head);
            }

            var body = isUpstream ? "upstream\n" : "outside\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            // The client went away, or spoke something else: what it makes of that is its own business.
        }
    }

    private void Datagrams(IPEndPoint endpoint, Func<byte[], byte[]?> answer, bool isExpected)
    {
        var socket = Network.BindUdp(endpoint);
        _sockets.Add(socket);
        var buffer = new byte[2048];
        _serving.Add(ForeverAsync(async () =>
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, AnyOf(endpoint.Address), _stopping.Token);
            Note("udp", endpoint, received.RemoteEndPoint, isExpected);
            if (answer(buffer[..received.ReceivedBytes]) is { } reply)
            {
                await socket.SendToAsync(reply, SocketFlags.None, received.RemoteEndPoint, _stopping.Token);
            }
        }));
    }

    /// <summary>DNS over UDP and TCP.</summary>
    private void Resolver(IPEndPoint endpoint, Func<byte[], byte[]> answer, bool isExpected)
    {
        Datagrams(endpoint, query => query.Length > 12 ? answer(query) : null, isExpected);
        var tcp = Network.Listen(endpoint);
        _sockets.Add(tcp);
        _serving.Add(ForeverAsync(async () =>
        {
            using var client = await tcp.AcceptAsync(_stopping.Token);
            Note("tcp", endpoint, client.RemoteEndPoint!, isExpected); // An accepted socket has one.
            var query = new byte[2048];
            var length = await client.ReceiveAsync(query, _stopping.Token);
            if (length > 14)
            {
                var reply = answer(query[2..length]);
                var prefix = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)reply.Length);
                await client.SendAsync((byte[])[.. prefix, .. reply], _stopping.Token);
            }
        }));
    }

    private static byte[] NoSuchName(byte[] query)
    {
        // The question as it came, and the SOA of the root: name, type, class, ttl, length, then "a.", "b.", five numbers.
        byte[] soa = [0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 26, 1, (byte)'a', 0, 1, (byte)'b', 0, .. new byte[20]];
        var answer = Answer(query, 0x83);
        answer[9] = 1;
        return [.. answer, .. soa];
    }

    /// <summary>The upstream's address for every name, and no record of any other type.</summary>
    private static byte[] EveryName(byte[] query)
    {
        var answer = Answer(query, 0x80);
        if (answer[^4..] is not [0, 1, 0, 1])
        {
            return answer;
        }

        // A pointer to the question's name, type A, class IN, a minute, four bytes.
        answer[7] = 1;
        return [.. answer, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. IPAddress.Parse(Upstream).GetAddressBytes()];
    }

    /// <summary>Head and question of an answer; whatever followed the question, such as EDNS, is left out.</summary>
    private static byte[] Answer(byte[] query, byte flags)
    {
        var end = 12;
        while (end < query.Length && query[end] != 0)
        {
            end += 1 + query[end];
        }

        var answer = query[..Math.Min(query.Length, end + 5)];
        (answer[2], answer[3]) = (0x81, flags);
        answer.AsSpan(6, 6).Clear();
        return answer;
    }

    private static IPEndPoint AnyOf(IPAddress address) => new(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);

    private async Task ForeverAsync(Func<Task> step)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that went away shows up here; the next one is served.
            }
        }
    }

    private static X509Certificate2 ForeignCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = new CertificateRequest("CN=outside", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
