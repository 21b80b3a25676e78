using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Limits;

/// <summary>A proxy with limits that a test can reach, and clients at several addresses of loopback.</summary>
internal sealed class LimitedProxy : IAsyncDisposable
{
    private LimitedProxy(ProxyFolder folder, GatewayProcess process) => (Folder, Process) = (folder, process);

    public ProxyFolder Folder { get; }

    public GatewayProcess Process { get; }

    /// <summary>Starts a proxy.</summary>
    /// <param name="limits">What is written under limits.</param>
    /// <param name="openFiles">How many files the process may open.</param>
    public static async Task<LimitedProxy> StartAsync(string limits, int openFiles = 1024)
    {
        var folder = ProxyFolder.Create();
        var plan = folder.Compile(ExampleProxy.Settings + $$"""
            limits: { {{limits}} }
            transforms:
              - name: allowlist
                config:
                  domains: ["*.example.com"]
            """);
        string[] command = ["sh", "-c", $"ulimit -n {openFiles}; exec \"$0\" -plan \"$1\"", ProxyBinaries.IronProxy, plan];
        return new LimitedProxy(folder, await GatewayProcess.StartAsAsync(folder, command));
    }

    /// <summary>Connects to a listener from an address of loopback.</summary>
    public async Task<Socket> ConnectAsync(string listener = "http", string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(Process.Listeners[listener]);
        return socket;
    }

    /// <summary>Sends text on a new connection of the HTTP listener.</summary>
    public async Task<Socket> SendAsync(string text, string from = "127.0.0.1")
    {
        var socket = await ConnectAsync("http", from);
        await socket.SendAsync(Encoding.ASCII.GetBytes(text));
        return socket;
    }

    /// <summary>Reads until the proxy closes, or until a text has come.</summary>
    public static async Task<string> ReadAsync(Socket socket, string? until = null)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        var text = "";
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((until is null || !text.Contains(until, StringComparison.Ordinal)) && (read = await socket.ReceiveAsync(buffer, limit.Token)) > 0)
            {
                text += Encoding.Latin1.GetString(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // Closed with a reset.
        }

        return text;
    }

    /// <summary>How often a limit was reached.</summary>
    public async Task<int> ReachedAsync(string limit) => await MetricAsync($"iron_proxy_limits_reached_total{{limit=\"{limit}\"}}");

    /// <summary>The value of a metric.</summary>
    public async Task<int> MetricAsync(string sample)
    {
        using var client = new HttpClient { Timeout = Patience.Event };
        var text = await client.GetStringAsync($"http://{Process.Listeners["metrics"]}/metrics");
        return int.Parse(Regex.Match(text, "^" + Regex.Escape(sample) + " (.*)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a metric has a value.</summary>
    public async Task WaitForMetricAsync(string sample, int value)
    {
        var seen = await MetricAsync(sample);
        for (var i = 0; i < 300 && seen != value; i++)
        {
            await Task.Delay(100);
            seen = await MetricAsync(sample);
        }

        Assert.Equal(value, seen);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        Folder.Dispose();
    }
}
