using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Testing;

/// <summary>
/// An address that answers nothing, as a host that is gone or a firewall that drops: a listener on loopback whose queue is full, so that the
/// kernel drops what else wants in.
/// </summary>
public sealed class DeadEndpoint : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _clients = [];

    private DeadEndpoint()
    {
    }

    /// <summary>Where it is.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndPoint!; // Bound.

    /// <summary>How many connections are being tried there, beside its own.</summary>
    public int Attempts
    {
        get
        {
            const string synSent = "02";
            var remote = string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(Endpoint.Address.GetAddressBytes()):X8}:{Endpoint.Port:X4}");
            var all = File.ReadLines("/proc/self/net/tcp").Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Count(f => f[2] == remote && f[3] == synSent);
            return all - 1;
        }
    }

    /// <summary>Starts one, and fills its queue.</summary>
    public static async Task<DeadEndpoint> StartAsync(IPEndPoint endpoint)
    {
        var dead = new DeadEndpoint();
        dead._listener.Bind(endpoint);
        dead._listener.Listen(0);
        while (true)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            dead._clients.Add(client);
            var connecting = client.ConnectAsync(dead.Endpoint);
            if (await Task.WhenAny(connecting, Task.Delay(Silence)) != connecting)
            {
                _ = connecting.ContinueWith(static t => t.Exception, TaskScheduler.Default); // Ends with the socket.
                return dead;
            }
        }
    }

    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        _listener.Dispose();
    }
}
