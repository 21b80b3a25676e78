using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>tinyproxy, a proxy that is not ours, on a free loopback port.</summary>
internal sealed class Tinyproxy : IAsyncDisposable
{
    private readonly Process _process;

    private Tinyproxy(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where its configuration is written.</param>
    /// <param name="user">The user name that it wants.</param>
    /// <param name="password">The password of that.</param>
    /// <param name="allowed">The only port that it opens tunnels to.</param>
    public static async Task<Tinyproxy> StartAsync(ProxyFolder folder, string user, string password, int allowed)
    {
        CommandLine.Require("tinyproxy", "tinyproxy-bin");
        while (true)
        {
            var port = FreePort();
            var configuration = folder.Write("tinyproxy.conf", $"Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\nBasicAuth {user} {password}\nConnectPort {allowed}\nLogFile \"{folder.File("tinyproxy.log")}\"\n");
            var process = Process.Start(new ProcessStartInfo("tinyproxy", ["-d", "-c", configuration]) { WorkingDirectory = folder.FullPath })
                ?? throw new InvalidOperationException("tinyproxy could not be started.");
            var started = new Tinyproxy(process, port);
            if (await Patience.UntilAsync(async () => process.HasExited || await IsOpenAsync(port)) && !process.HasExited)
            {
                return started;
            }

            await started.DisposeAsync(); // Another has taken the port.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
