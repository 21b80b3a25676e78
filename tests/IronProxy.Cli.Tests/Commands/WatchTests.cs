using System.Net;
using System.Net.Sockets;
using System.Text;
using IronProxy.Cli.Tests.AuditLogs;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class WatchTests
{
    private const string Key = "the-key-of-the-operator";
    private const string Watching = "{\"time\":\"2026-11-20T12:00:00+00:00\",\"level\":\"info\",\"msg\":\"watching\",\"plan_hash\":\"sha256:00\"}\n";

    private static readonly string Records =
        Watching + Lines.Allowed("GET https://api.example.com/a") + Lines.Denied("GET https://evil.test/b") + Lines.Denied("GET https://www.example.com/c");

    [Fact]
    public async Task Requests_are_shown_as_the_log_for_people_has_them()
    {
        await using var api = new ScriptedApi(Stream(Records));
        var run = await Watch(api);

        Assert.Equal(0, run.Exit);
        Assert.Equal(
            """
            12:00:00.000 info  watching plan_hash=sha256:00
            12:00:00.123 allow GET https://api.example.com/a 1.5ms (from 172.20.0.4:51830)
            12:00:00.123 deny  GET https://evil.test/b 1.5ms host_not_allowed (allowlist, from 172.20.0.4:51830)
            12:00:00.123 deny  GET https://www.example.com/c 1.5ms host_not_allowed (allowlist, from 172.20.0.4:51830)

            """,
            run.Out);
        Assert.Equal($"ironc: 127.0.0.1:{api.Port} ended the stream, as a proxy does that was told to stop\n", run.Error);
        Assert.StartsWith("GET /v1/requests HTTP/1.1\r\n", api.Received, StringComparison.Ordinal);
        Assert.Contains($"\r\nAuthorization: Bearer {Key}\r\n", api.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--denied", "", "/b /c")]
    [InlineData("--host", "*.example.com", "/a /c")]
    [InlineData("--host", "EVIL.test", "/b")]
    [InlineData("--host", "example.com", "")]
    public async Task A_filter_hides_requests_and_nothing_else(string option, string value, string paths)
    {
        await using var api = new ScriptedApi(Stream(Records));
        var run = await Watch(api, [.. new[] { option, value }.Where(o => o.Length > 0)]);

        Assert.Contains("watching", run.Out, StringComparison.Ordinal);
        Assert.Equal(paths, string.Join(' ', new[] { "/a", "/b", "/c" }.Where(p => run.Out.Contains(p + " ", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task With_json_records_are_printed_as_they_are()
    {
        await using var api = new ScriptedApi(Stream(Records));
        Assert.Equal(Records, (await Watch(api, "--json")).Out);
    }

    [Fact]
    public async Task What_a_stream_has_that_is_no_record_is_not_hidden_and_does_not_act_on_the_terminal()
    {
        await using var api = new ScriptedApi(Stream("\e[2J no JSON\n{\"audit\":{\"action\":7}}\n"));
        Assert.Equal("\\u001b[2J no JSON\n{\"audit\":{\"action\":7}}\n", (await Watch(api, "--denied")).Out);
    }

    [Theory]
    [InlineData(401, "application/json", """{"error":"unauthorized","message":"Present the key."}""", "does not take the key that is in IRON_MANAGEMENT_API_KEY")]
    [InlineData(404, "application/json", """{"error":"not_found","message":"There is GET, HEAD /v1/status."}""", "is of a release without /v1/requests")]
    [InlineData(503, "application/json", """{"error":"too_many_readers","message":"8 read the stream already."}""", "refuses: too_many_readers: 8 read the stream already.")]
    [InlineData(401, "text/html", "<h1>Who are you?</h1>", "is no management API of an iron-proxy: GET /v1/requests is answered with 401 and text/html")]
    [InlineData(200, "text/html", "<h1>It works</h1>", "is no management API of an iron-proxy: GET /v1/requests is answered with 200 and text/html")]
    [InlineData(302, "text/html", "", "is no management API of an iron-proxy: GET /v1/requests is answered with 302 and text/html")]
    [InlineData(500, "application/json", """{"error":7}""", "is no management API of an iron-proxy: GET /v1/requests is answered with 500 and application/json")]
    [InlineData(503, "application/json", """{"error":"\u001b[2J","message":"\u001b[2J"}""", "refuses: \\u001b[2J: \\u001b[2J")]
    public async Task What_is_no_stream_is_said_in_one_sentence(int status, string type, string body, string sentence)
    {
        await using var api = new ScriptedApi($"HTTP/1.1 {status} Scripted\r\nContent-Type: {type}\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var run = await Watch(api);

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain(Key, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_something_else_is_named_as_one()
    {
        await using var api = new ScriptedApi("220 mail.example.com ESMTP\r\n");
        var run = await Watch(api);

        Assert.Equal(1, run.Exit);
        Assert.StartsWith($"ironc: 127.0.0.1:{api.Port} is no management API of an iron-proxy: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_an_error_behind_what_came()
    {
        await using var api = new ScriptedApi(Stream(Watching)[..^"0\r\n\r\n".Length]);
        var run = await Watch(api);

        Assert.Equal(1, run.Exit);
        Assert.Contains("watching", run.Out, StringComparison.Ordinal);
        Assert.StartsWith($"ironc: the connection to 127.0.0.1:{api.Port} broke off: ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>As behind head: no request comes, so that nothing is printed which would tell.</summary>
    [Fact]
    public async Task It_ends_when_nobody_reads_it_any_more()
    {
        await using var api = new ScriptedApi(Stream(Watching)[..^"0\r\n\r\n".Length], staysOpen: true);
        var run = await CliRun.Of(["watch", "--url", $"http://127.0.0.1:{api.Port}"], environment: new() { ["IRON_MANAGEMENT_API_KEY"] = Key }, outIsRead: static () => false).WaitAsync(Patience.Event);

        Assert.Equal((141, ""), (run.Exit, run.Error));
        Assert.Contains("watching", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_listens_it_is_asked_whether_the_proxy_runs()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0); // Bound below and not listening: nobody else gets the port.
        closed.Server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = closed.Server.LocalEndPoint;
        var run = await CliRun.Of(["watch", "--url", $"http://{address}"], environment: new() { ["IRON_MANAGEMENT_API_KEY"] = Key });

        Assert.Equal(1, run.Exit);
        Assert.StartsWith($"ironc: {address} cannot be reached: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("does the proxy run there, and has its policy a section management?\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "ironc: the environment variable OTHER is not set: it holds the key of the management API (--key-env names another)\n")]
    [InlineData("", "ironc: the environment variable OTHER is not set: it holds the key of the management API (--key-env names another)\n")]
    [InlineData("se\ncret", "ironc: OTHER holds no key of a management API: it has white space (a line break at its end?), control characters or what is beyond ASCII\n")]
    public async Task A_key_that_cannot_be_presented_is_named_by_its_variable(string? key, string error)
    {
        var run = await CliRun.Of(["watch", "--key-env", "OTHER"], environment: key is null ? [] : new() { ["OTHER"] = key });
        Assert.Equal((1, error), (run.Exit, run.Error));
    }

    [Theory]
    [InlineData("--url", "127.0.0.1:9092")]
    [InlineData("--url", "ftp://127.0.0.1/")]
    [InlineData("--url", "http://user:hunter2@127.0.0.1/")]
    [InlineData("--url", "http://127.0.0.1/v1/status")]
    [InlineData("--host", "https://api.example.com")]
    [InlineData("--host", "")]
    public async Task An_option_that_makes_no_sense_is_usage(string option, string value)
    {
        var run = await CliRun.Of("watch", option, value);
        Assert.Equal(2, run.Exit);
        Assert.Contains($"{option} takes", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
    }

    private static Task<CliRun> Watch(ScriptedApi api, params string[] options) =>
        CliRun.Of(["watch", "--url", $"http://127.0.0.1:{api.Port}", .. options], environment: new() { ["IRON_MANAGEMENT_API_KEY"] = Key, ["HTTP_PROXY"] = "http://127.0.0.1:1" });

    private static string Stream(string lines) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n{Encoding.UTF8.GetByteCount(lines):x}\r\n{lines}\r\n0\r\n\r\n";

    /// <summary>Answers each request with the same bytes, and closes unless it stays open.</summary>
    private sealed class ScriptedApi : LoopbackServer
    {
        private readonly string _answer;
        private readonly bool _staysOpen;

        public ScriptedApi(string answer, bool staysOpen = false)
        {
            _answer = answer;
            _staysOpen = staysOpen;
            Listen();
        }

        public string Received { get; private set; } = "";

        protected override async Task ServeAsync(TcpClient client)
        {
            var stream = client.GetStream();
            var buffer = new byte[4096];
            while (!Received.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                Received += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Stopping));
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer), Stopping);
            if (_staysOpen)
            {
                await Task.Delay(Timeout.Infinite, Stopping);
            }
        }
    }
}
