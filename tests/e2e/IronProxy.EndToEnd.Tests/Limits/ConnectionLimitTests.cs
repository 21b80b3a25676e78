using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Limits;

/// <summary>Connections that take what the machine has: others are served, the process lives, and each refusal is counted.</summary>
public sealed class ConnectionLimitTests
{
    private const string Open = "iron_proxy_open_connections{listener=\"http\"}";

    [Fact]
    public async Task Idle_connections_of_one_client_leave_room_for_others_and_come_back_when_they_close()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await LimitedProxy.StartAsync("", openFiles: 700); // 94 connections, and 47 for one address.
        var idle = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            idle.Add(await proxy.ConnectAsync());
        }

        await proxy.WaitForMetricAsync("iron_proxy_limits_reached_total{limit=\"client_connections_per_address\"}", 300 - 47);
        Assert.Equal(47, await proxy.MetricAsync(Open));
        using (var refused = await proxy.ConnectAsync())
        {
            Assert.StartsWith("HTTP/1.1 503 ", await LimitedProxy.ReadAsync(refused), StringComparison.Ordinal);
        }

        using (var other = await proxy.SendAsync(Get(upstream), from: "127.0.0.2"))
        {
            Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(other), StringComparison.Ordinal);
        }

        idle.ForEach(s => s.Dispose());
        await proxy.WaitForMetricAsync(Open, 0);
        using var again = await proxy.SendAsync(Get(upstream));
        Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_clients_together_stay_below_what_the_process_may_open_and_metrics_are_answered()
    {
        await using var proxy = await LimitedProxy.StartAsync("", openFiles: 700);
        var idle = new List<Socket>();
        for (var i = 0; i < 400; i++)
        {
            idle.Add(await proxy.ConnectAsync(from: $"127.0.0.{(i % 4) + 2}"));
        }

        await proxy.WaitForMetricAsync("iron_proxy_limits_reached_total{limit=\"client_connections\"}", 400 - 94);
        using var client = new HttpClient();
        Assert.Equal("ok\n", await client.GetStringAsync($"http://{proxy.Process.Listeners["metrics"]}/healthz"));
        idle.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_flood_of_refused_connections_has_few_records_and_a_line_that_says_how_many_more_there_were()
    {
        await using var proxy = await LimitedProxy.StartAsync("client_connections: 1");
        using var only = await proxy.ConnectAsync();
        await proxy.WaitForMetricAsync(Open, 1);
        for (var i = 0; i < 500; i++)
        {
            using var refused = await proxy.ConnectAsync();
        }

        Assert.True(await proxy.Process.WaitForLineAsync("more connections were refused in a second"));
        await proxy.WaitForMetricAsync("iron_proxy_limits_reached_total{limit=\"client_connections_per_address\"}", 500);
        Assert.Contains(proxy.Process.Records, r => r.GetProperty("audit").GetProperty("reason").GetString() == "too_many_connections");
        Assert.InRange(proxy.Process.Records.Count, 1, 499);
    }

    [Fact]
    public async Task A_missing_descriptor_stops_accepting_and_nothing_else()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await LimitedProxy.StartAsync("", openFiles: 1024);
        using var open = await proxy.SendAsync(Get(upstream, keep: true));
        await LimitedProxy.ReadAsync(open, "\r\n\r\nok\n");

        await LimitAsync(proxy, Directory.GetFiles($"/proc/{proxy.Process.Id}/fd").Length + 1);
        var waiting = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            waiting.Add(await proxy.ConnectAsync());
        }

        await Task.Delay(TimeSpan.FromSeconds(1)); // Time to spin or to fall over in.
        await LimitAsync(proxy, 1024);
        foreach (var socket in waiting)
        {
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(Get(upstream)));
            Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(socket), StringComparison.Ordinal);
            socket.Dispose();
        }

        Assert.InRange(await proxy.ReachedAsync("open_files"), 1, 1000);
    }

    [Fact]
    public async Task New_names_get_certificates_at_a_rate_and_known_ones_are_served()
    {
        await using var proxy = await LimitedProxy.StartAsync("new_certificates_per_minute: 2");
        await HandshakeAsync(proxy, "a.example.com");
        await HandshakeAsync(proxy, "b.example.com");
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(proxy, "c.example.com"));
        await HandshakeAsync(proxy, "a.example.com");

        Assert.Equal(1, await proxy.ReachedAsync("new_certificates_per_minute"));
        var record = Assert.Single(await proxy.Process.RecordsSinceAsync(0, 1));
        Assert.Equal("too_many_certificates", record.GetProperty("audit").GetProperty("reason").GetString());
        Assert.Equal("c.example.com", record.GetProperty("audit").GetProperty("host").GetString());
    }

    private static async Task HandshakeAsync(LimitedProxy proxy, string name)
    {
        using var socket = await proxy.ConnectAsync("https");
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(proxy.Folder.WorkloadTls(name));
    }

    private static async Task LimitAsync(LimitedProxy proxy, int openFiles)
    {
        using var prlimit = System.Diagnostics.Process.Start("prlimit", ["--pid", proxy.Process.Id.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"--nofile={openFiles}:1024")]);
        await prlimit.WaitForExitAsync();
        Assert.Equal(0, prlimit.ExitCode);
    }

    private static string Get(ScriptedUpstream upstream, bool keep = false) =>
        $"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n{(keep ? "" : "Connection: close\r\n")}\r\n";
}
