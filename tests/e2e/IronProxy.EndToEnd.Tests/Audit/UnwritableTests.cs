using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Bypass;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Audit;

/// <summary>No record, no request: standard error that is closed, full, given up by its reader, or read by nobody.</summary>
public sealed class UnwritableTests : IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  allow_plaintext: true
                  replace: { proxy_value: placeholder-key, match_headers: [Authorization] }
                  rules: [{ host: api.example.com }]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2>&-", "is closed")]
    [InlineData("<&- 2>&-", "is closed")]
    [InlineData(">&- 2>&-", null)]
    [InlineData("<&- >&- 2>&-", null)]
    [InlineData("2>/dev/full", "No space left")]
    [InlineData("<&- 2>/dev/full", "No space left")]
    [InlineData(">/dev/full 2>/dev/full", null)]
    public async Task What_cannot_record_does_not_start(string redirection, string? sentence)
    {
        var (exit, output, error) = await RunAsync(redirection, "-plan", _folder.Compile(Policy));
        Assert.Equal((1, ""), (exit, error));
        if (sentence is null)
        {
            Assert.Equal("", output);
            return;
        }

        Assert.StartsWith("iron-proxy: Standard error", output, StringComparison.Ordinal);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData(2, "2>&-", "-unknown")]
    [InlineData(2, "<&- >&- 2>&-", "-unknown")]
    [InlineData(2, "2>/dev/full", "init", "-unknown")]
    [InlineData(1, "2>&-", "-plan", "nowhere.json")]
    [InlineData(1, ">&-", "-version")]
    [InlineData(1, ">/dev/full", "-help")]
    [InlineData(0, "<&- 2>&-", "-version")]
    public async Task A_command_that_cannot_say_it_still_ends_with_its_status(int status, string redirection, params string[] arguments)
    {
        var (exit, _, _) = await RunAsync(redirection, arguments);
        Assert.Equal(status, exit);
    }

    [Fact]
    public async Task Once_the_reader_is_gone_no_secret_is_sent_and_the_proxy_ends()
    {
        await using var upstream = ScriptedUpstream.Start();
        using var proxy = await StartAsync();
        var request = $"GET /key HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nAuthorization: placeholder-key\r\nConnection: close\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(proxy.Http, request), StringComparison.Ordinal);
        Assert.Contains("the-real-key", upstream.Received, StringComparison.Ordinal);

        upstream.Clear();
        proxy.Process.StandardError.Close();
        var answer = await AskAsync(proxy.Http, request);
        Assert.True(answer.Length == 0 || answer.Contains("audit_unavailable", StringComparison.Ordinal), answer);

        Assert.Equal(1, await proxy.EndAsync());
        Assert.Equal("", upstream.Received);
        var said = await proxy.Process.StandardOutput.ReadToEndAsync();
        Assert.StartsWith("iron-proxy: Standard error", said, StringComparison.Ordinal);
        Assert.Single(said.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task What_is_under_way_when_the_reader_goes_is_broken_off()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            await exchange.DrainAsync(); // Ends when the proxy hangs up, not before.
        });
        using var proxy = await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Http);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n"));
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("first", StringComparison.Ordinal))
        {
            var buffer = new byte[4096];
            var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience.Program);
            Assert.NotEqual(0, read);
            answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        proxy.Process.StandardError.Close();
        Assert.Equal(1, await proxy.EndAsync());
    }

    [Fact]
    public async Task A_stalled_reader_bounds_memory_blocks_no_health_check_and_loses_no_record()
    {
        using var proxy = await StartAsync();
        var before = proxy.ResidentMegabytes;
        var (recorded, unrecorded) = await FillAsync(proxy);
        Assert.True(proxy.ResidentMegabytes < before + 300, $"{before} MB became {proxy.ResidentMegabytes} MB");

        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "/healthz"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 503 ", await GetAsync(proxy, "/readyz"), StringComparison.Ordinal);

        // What the server refuses itself cannot wait for room: its connection ends, and waits then.
        const string Malformed = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(proxy.Http, Malformed), StringComparison.Ordinal);
        await RefusedStreamEndsItsConnectionAsync(proxy);
        unrecorded += 2;
        var expected = $"iron_proxy_refusals_total{{reason=\"audit_unavailable\"}} {unrecorded}\n";
        using var limit = new CancellationTokenSource(Patience.Event);
        while (!(await GetAsync(proxy, "/metrics")).Contains(expected, StringComparison.Ordinal))
        {
            await Task.Delay(100, limit.Token);
        }

        // The reader goes on: what was answered otherwise than with 503 is there, and the rest is owned up to.
        var reading = proxy.Process.StandardError.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(proxy.Http, Malformed), StringComparison.Ordinal);
        await QueueIsEmptyAsync(proxy); // The time that SIGTERM gives is no matter here.
        await ProxyLauncher.SignalAsync(proxy.Process, "TERM");
        Assert.Equal(0, await proxy.EndAsync());
        var lines = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(recorded + 1, lines.Count(l => AuditLine.TryRead(l) is not null));
        var owned = lines.Where(l => l.Contains("refusals have no record", StringComparison.Ordinal)).Sum(l => JsonDocument.Parse(l).RootElement.GetProperty("count").GetInt32());
        Assert.Equal(unrecorded, owned);
    }

    [Fact]
    public async Task SIGTERM_is_obeyed_although_nobody_reads_and_the_status_says_that_records_are_lost()
    {
        using var proxy = await StartAsync();
        await FillAsync(proxy);
        await ProxyLauncher.SignalAsync(proxy.Process, "TERM");
        Assert.Equal(1, await proxy.EndAsync());
        Assert.Contains("could not be written", await proxy.Process.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static async Task QueueIsEmptyAsync(RunningProxy proxy)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        while (!(await GetAsync(proxy, "/metrics")).Contains("\niron_proxy_audit_queue_bytes 0\n", StringComparison.Ordinal))
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private async Task RefusedStreamEndsItsConnectionAsync(RunningProxy proxy)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Https, limit.Token);
        var options = _folder.WorkloadTls("api.example.com");
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(options, limit.Token);
        try
        {
            var answer = await Http2Request.SendAsync(
                tls, [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "api.example.com"), ("X-Upper", "y")], limit.Token);
            Assert.Equal(0, answer.Status);
            while (await tls.ReadAsync(new byte[1024], limit.Token) > 0)
            {
                // Until the proxy hangs up.
            }
        }
        catch (IOException)
        {
            // It has hung up already.
        }
    }

    /// <summary>Asks, with nobody reading standard error, until requests are refused because they cannot be recorded.</summary>
    /// <returns>How many were answered with a record, and how many without.</returns>
    private static async Task<(int Recorded, int Unrecorded)> FillAsync(RunningProxy proxy)
    {
        var path = new string('p', 50_000); // In each record.
        var (recorded, unrecorded) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (_, _) =>
        {
            while (Volatile.Read(ref unrecorded) == 0)
            {
                var answer = await AskAsync(proxy.Http, $"GET /{path} HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
                if (answer.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal))
                {
                    Assert.Contains("\"reason\":\"audit_unavailable\"", answer, StringComparison.Ordinal);
                    Interlocked.Increment(ref unrecorded);
                }
                else
                {
                    Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
                    Interlocked.Increment(ref recorded);
                }
            }
        });
        return (recorded, unrecorded);
    }

    private static Task<string> GetAsync(RunningProxy proxy, string path) => AskAsync(proxy.Metrics, $"GET {path} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");

    /// <summary>Sends a request and reads to the end of the connection.</summary>
    /// <returns>What came; nothing when the proxy is gone.</returns>
    private static async Task<string> AskAsync(IPEndPoint endpoint, string request)
    {
        using var limit = new CancellationTokenSource(Patience.Program);
        using var client = new TcpClient();
        var answer = new StringBuilder();
        try
        {
            await client.ConnectAsync(endpoint, limit.Token);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
            var buffer = new byte[4096];
            int read;
            while ((read = await stream.ReadAsync(buffer, limit.Token)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // It has hung up.
        }

        return answer.ToString();
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string redirection, params string[] arguments)
    {
        string[] command = ["sh", "-c", $"exec \"$0\" \"$@\" {redirection}", ProxyBinaries.IronProxy, .. arguments];
        using var process = ProxyLauncher.StartCommand(_folder, command, [("API_KEY", "the-real-key")]);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience.Program);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException("iron-proxy was to end by itself and did not.");
        }

        return (process.ExitCode, await output, await error);
    }

    private async Task<RunningProxy> StartAsync()
    {
        var process = ProxyLauncher.Start(_folder, ["-plan", _folder.Compile(Policy)], ("API_KEY", "the-real-key"));
        var first = "";
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            first += line + "\n";
            if (line.Contains("\"msg\":\"ready\"", StringComparison.Ordinal))
            {
                var listeners = JsonDocument.Parse(line).RootElement.GetProperty("listeners");
                return new RunningProxy(process, Endpoint("http"), Endpoint("https"), Endpoint("metrics"));

                IPEndPoint Endpoint(string listener) => IPEndPoint.Parse(listeners.GetProperty(listener).GetString()!);
            }
        }

        throw new InvalidOperationException($"iron-proxy did not become ready:\n{first}");
    }

    /// <summary>A proxy whose standard error is read, or not, as the test says.</summary>
    private sealed record RunningProxy(Process Process, IPEndPoint Http, IPEndPoint Https, IPEndPoint Metrics) : IDisposable
    {
        public long ResidentMegabytes => long.Parse(
            File.ReadLines($"/proc/{Process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture) / 1024;

        public async Task<int> EndAsync()
        {
            using var limit = new CancellationTokenSource(Patience.Program);
            await Process.WaitForExitAsync(limit.Token);
            return Process.ExitCode;
        }

        public void Dispose()
        {
            if (!Process.HasExited)
            {
                Process.Kill();
            }

            Process.Dispose();
        }
    }
}
