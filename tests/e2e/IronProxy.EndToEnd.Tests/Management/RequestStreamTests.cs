using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>Requests as the management API tells of them while they happen, and as <c>ironc watch</c> shows them.</summary>
public sealed class RequestStreamTests : IDisposable
{
    private const int MaxReaders = 8;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_record_comes_as_it_is_in_the_log_across_a_reload_and_until_the_proxy_stops()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        await ManagedProxy.AskAsync(proxy, "api", upstream.Port);
        await using var reader = await OpenAsync(proxy);
        Assert.StartsWith("HTTP/1.1 200 ", reader.Received, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/x-ndjson\r\n", reader.Received, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", reader.Received, StringComparison.Ordinal);

        await ManagedProxy.AskAsync(proxy, "api", upstream.Port);
        await ManagedProxy.AskAsync(proxy, "other", upstream.Port);
        _folder.Compile(ManagedProxy.Policy("other"));
        Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);
        await ManagedProxy.AskAsync(proxy, "other", upstream.Port);
        await reader.ReadUntilAsync("\"other.example.com\",\"method\":\"GET\",\"path\":\"/\"");
        await proxy.FenceAsync();
        await reader.ReadUntilAsync("/fence-1");

        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.EndsWith("\r\n0\r\n\r\n", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        var told = LinesOf(reader).Where(l => l.Contains("\"msg\":\"request\"", StringComparison.Ordinal) && !l.Contains("/fence-", StringComparison.Ordinal));
        var logged = proxy.Output.Split('\n').Where(l => l.Contains("\"msg\":\"request\"", StringComparison.Ordinal) && !l.Contains("/fence-", StringComparison.Ordinal));
        Assert.Equal(logged.Skip(1), told); // The first was before there was a reader.
        Assert.Equal(4, logged.Count());
    }

    [Fact]
    public async Task Places_for_readers_are_bounded_and_come_back()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var readers = new List<RawClient>();
        for (var i = 0; i < MaxReaders; i++)
        {
            readers.Add(await OpenAsync(proxy));
        }

        await using (var late = await RawClient.ConnectAsync(proxy.Listeners["management"]))
        {
            await late.SendAsync(Request);
            Assert.Contains("\"too_many_readers\"", await late.ReadUntilAsync("}\n"), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 503 ", late.Received, StringComparison.Ordinal);
        }

        await readers[0].DisposeAsync();
        Assert.True(await Patience.UntilAsync(async () =>
        {
            var next = await RawClient.ConnectAsync(proxy.Listeners["management"]);
            readers.Add(next);
            await next.SendAsync(Request);
            return (await next.ReadUntilAsync("\r\n\r\n")).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
        }));
        foreach (var reader in readers.Skip(1))
        {
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_costs_requests_nothing_is_told_what_it_missed_and_holds_up_no_end()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        using var stalled = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(proxy.Listeners["management"]);
        await stalled.SendAsync(Encoding.ASCII.GetBytes(Request));
        var http = proxy.Listeners["http"];
        var path = new string('p', 50_000); // In each record: more than the reader's share of memory, its sockets' buffers and the server's.
        await ReceiveUntilAsync(stalled, "watching");
        for (var i = 0; i < 250; i++)
        {
            await using var client = await RawClient.ConnectAsync(http);
            await client.SendAsync($"GET /{path} HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 403 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        await ReceiveUntilAsync(stalled, "records were left out here");
        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.Equal(250, proxy.Records.Count);
    }

    [Theory]
    [InlineData("POST", 405)]
    [InlineData("HEAD", 405)]
    public async Task It_is_read_with_GET_alone(string method, int status)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["management"]);
        await client.SendAsync(Request.Replace("GET", method, StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ironc_watch_shows_requests_as_they_happen_and_ends_with_the_proxy()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        using var watch = Watch(proxy, "--denied");
        Assert.Contains(" watching ", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program), StringComparison.Ordinal);
        await ManagedProxy.AskAsync(proxy, "api", upstream.Port);
        await ManagedProxy.AskAsync(proxy, "other", upstream.Port);

        Assert.Matches($@"^\d\d:\d\d:\d\d\.\d\d\d deny  GET http://other\.example\.com:{upstream.Port}/ 403 \S+ host_not_allowed \(allowlist \d+:\d+, from 127\.0\.0\.1:\d+\)$", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience.Event));
        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.EndsWith(" ended the stream, as a proxy does that was told to stop\n", await watch.StandardError.ReadToEndAsync().WaitAsync(Patience.Program), StringComparison.Ordinal);
        await watch.WaitForExitAsync();
        Assert.Equal(0, watch.ExitCode);
    }

    [Fact]
    public async Task Ironc_watch_ends_by_SIGINT_without_a_complaint()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        using var watch = Watch(proxy);
        Assert.Contains(" watching ", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program), StringComparison.Ordinal);

        await ProxyLauncher.SignalAsync(watch, "INT");
        Assert.Equal("", await watch.StandardError.ReadToEndAsync().WaitAsync(Patience.Program));
        await watch.WaitForExitAsync();
        Assert.Equal(0, watch.ExitCode);
    }

    private static Process Watch(GatewayProcess proxy, params string[] options)
    {
        // A test run in the background of a shell hands on that SIGINT is ignored.
        string[] command = ["--default-signal=INT", ProxyBinaries.Ironc, "watch", "--url", $"http://{proxy.Listeners["management"]}", "--key-env", "MANAGEMENT_KEY", .. options];
        return Process.Start(new ProcessStartInfo("env", command)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MANAGEMENT_KEY"] = ManagedProxy.Key },
        })!; // Null only when a shell reuses a process, which is not asked for.
    }

    private static string Request => $"GET /v1/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ManagedProxy.Key}\r\n\r\n";

    private static async Task<RawClient> OpenAsync(GatewayProcess proxy)
    {
        var client = await RawClient.ConnectAsync(proxy.Listeners["management"]);
        await client.SendAsync(Request);
        await client.ReadUntilAsync("\"msg\":\"watching\"");
        return client;
    }

    /// <summary>The lines of a body that came in chunks, each of whole lines.</summary>
    private static IEnumerable<string> LinesOf(RawClient client) => client.Received.Split('\n').Where(l => l.StartsWith('{'));

    private static async Task ReceiveUntilAsync(Socket socket, string text)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        var (received, buffer) = ("", new byte[64 * 1024]);
        while (!received.Contains(text, StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.NotEqual(0, read);
            received = (received.Length > 1000 ? received[^1000..] : received) + Encoding.UTF8.GetString(buffer, 0, read);
        }
    }
}
