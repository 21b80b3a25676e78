using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>
/// What a workload would find without a firewall: web servers, a resolver, something that answers QUIC, a metadata service, and
/// the upstream that policy allows. All of it is in one namespace, on addresses that are set aside for documentation.
/// </summary>
internal sealed class OutsideWorld : IAsyncDisposable
{
    public const string Server = "198.51.100.10";
    public const string ServerV6 = "2001:db8:20::10";
    public const string Upstream = "198.51.100.20";

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _serving = [];
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
    public System.Collections.Concurrent.ConcurrentQueue<string> Received { get; } = [];

    public static async Task<OutsideWorld> StartAsync(X509Certificate2 upstream)
    {
        var world = new OutsideWorld(await NetworkNamespace.CreateAsync("out"), upstream);
        foreach (var address in new[] { $"{Server}/32", $"{Upstream}/32", "169.254.169.254/32", $"{ServerV6}/128", "fd00:ec2::254/128" })
        {
            await world.Network.AddAddressAsync(address);
        }

        foreach (var address in new[] { Server, ServerV6 }.Select(IPAddress.Parse))
        {
            world.Http(address, 80, null);
            world.Http(address, 443, world._foreign);
            world.Http(address, 8443, world._foreign);
            world.Http(address, 853, world._foreign);
            world.Quic(address);
            world.Resolver(address);
        }

        world.Http(IPAddress.Parse("169.254.169.254"), 80, null);
        world.Http(IPAddress.Parse("fd00:ec2::254"), 80, null);
        world.Http(IPAddress.Parse(Upstream), 443, world._upstream);
        return world;
    }

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

    private void Http(IPAddress address, int port, X509Certificate2? certificate)
    {
        var listener = Network.Listen(new IPEndPoint(address, port));
        _sockets.Add(listener);
        _serving.Add(ForeverAsync(async () =>
        {
            var client = await listener.AcceptAsync(_stopping.Token);
            _ = Task.Run(() => AnswerAsync(client, certificate));
        }));
    }

    private async Task AnswerAsync(Socket client, X509Certificate2? certificate)
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

            if (ReferenceEquals(certificate, _upstream))
            {
                Received.Enqueue(head);
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\noutside\n"u8.ToArray(), _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            // The client went away, or spoke something else: what it makes of that is its own business.
        }
    }

    /// <summary>A stand-in for a QUIC server: it answers a datagram that is long enough.</summary>
    private void Quic(IPAddress address)
    {
        var socket = Network.BindUdp(new IPEndPoint(address, 443));
        _sockets.Add(socket);
        var buffer = new byte[2048];
        _serving.Add(ForeverAsync(async () =>
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, AnyOf(address), _stopping.Token);
            if (received.ReceivedBytes >= 1200 && (buffer[0] & 0x80) != 0)
            {
                await socket.SendToAsync(new byte[] { 0x80, 0, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 1 }, SocketFlags.None, received.RemoteEndPoint, _stopping.Token);
            }
        }));
    }

    /// <summary>A resolver that knows that no name exists, and of which zone, over UDP and TCP.</summary>
    private void Resolver(IPAddress address)
    {
        var udp = Network.BindUdp(new IPEndPoint(address, 53));
        var tcp = Network.Listen(new IPEndPoint(address, 53));
        _sockets.AddRange([udp, tcp]);
        var buffer = new byte[2048];
        _serving.Add(ForeverAsync(async () =>
        {
            var received = await udp.ReceiveFromAsync(buffer, SocketFlags.None, AnyOf(address), _stopping.Token);
            await udp.SendToAsync(NoSuchName(buffer.AsSpan(0, received.ReceivedBytes)), SocketFlags.None, received.RemoteEndPoint, _stopping.Token);
        }));
        _serving.Add(ForeverAsync(async () =>
        {
            using var client = await tcp.AcceptAsync(_stopping.Token);
            var query = new byte[2048];
            var length = await client.ReceiveAsync(query, _stopping.Token);
            if (length > 2)
            {
                var answer = NoSuchName(query.AsSpan(2, length - 2));
                await client.SendAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], _stopping.Token);
            }
        }));
    }

    private static byte[] NoSuchName(ReadOnlySpan<byte> query)
    {
        // The question as it came, and the SOA of the root: name, type, class, ttl, length, then "a.", "b.", five numbers.
        byte[] soa = [0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 26, 1, (byte)'a', 0, 1, (byte)'b', 0, .. new byte[20]];
        byte[] answer = [.. query, .. soa];
        answer[2] = 0x81;
        answer[3] = 0x83;
        answer[9] = 1;
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
