using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// What lies behind the host: servers that answer everyone, and write down what came. Whatever arrives and was not allowed is a hole,
/// whether the workload saw an answer or not.
/// </summary>
internal sealed class OutsideWorld : IAsyncDisposable
{
    public const string Address4 = "203.0.113.10";
    public const string Address6 = "2001:db8::10";
    public const string Metadata = "169.254.169.254";

    /// <summary>A port that nothing leads to the proxy.</summary>
    public const int OddPort = 8444;

    private readonly ConcurrentQueue<string> _arrivals = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly List<Socket> _sockets = [];
    private readonly X509Certificate2 _certificate;

    private OutsideWorld(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>Everything that came, such as <c>tcp 443 from 203.0.113.2</c>.</summary>
    public IReadOnlyList<string> Arrivals => [.. _arrivals];

    /// <summary>The heads of the requests that came.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static OutsideWorld Start(NetworkNamespace inside, X509Certificate2 certificate)
    {
        var world = new OutsideWorld(certificate);
        inside.Do(() =>
        {
            foreach (var port in new[] { 22, 53, 80, 443, 853, OddPort })
            {
                world.ListenTcp(port);
            }

            foreach (var port in new[] { 53, 123, 443, OddPort })
            {
                world.ListenUdp(port);
            }
        });
        return world;
    }

    public ValueTask DisposeAsync()
    {
        _sockets.ForEach(s => s.Dispose());
        return ValueTask.CompletedTask;
    }

    private void ListenTcp(int port)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.Listen();
        _sockets.Add(socket);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Socket client;
                try
                {
                    client = await socket.AcceptAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }

                _arrivals.Enqueue($"tcp {port} from {client.RemoteEndPoint}");
                _ = Task.Run(() => AnswerAsync(client, port));
            }
        });
    }

    private async Task AnswerAsync(Socket client, int port)
    {
        try
        {
            await using var plain = new NetworkStream(client, ownsSocket: true);
            await using Stream stream = port == 443 ? new SslStream(plain) : plain;
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsServerAsync(_certificate);
            }

            var head = new StringBuilder();
            var buffer = new byte[4096];
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var read)
            {
                head.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }

            _requests.Enqueue(head.ToString());
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"u8.ToArray());
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // Whoever came has gone; that they came is written down.
        }
    }

    private void ListenUdp(int port)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        _sockets.Add(socket);
        _ = Task.Run(async () =>
        {
            var buffer = new byte[2048];
            while (true)
            {
                try
                {
                    var from = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.IPv6Any, 0));
                    _arrivals.Enqueue($"udp {port} from {from.RemoteEndPoint}");
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        });
    }
}
