using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Protocols.Tls;
using IronProxy.Testing;
using static IronProxy.Runtime.Tests.Protocols.Tls.ClientHelloBytes;

namespace IronProxy.Runtime.Tests.Listeners;

/// <summary>TLS that is passed through: an upstream that takes any bytes, and clients that send a first message and then what they like.</summary>
public sealed class SniOnlyTests : IAsyncLifetime, IDisposable
{
    private const string Policy = """
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: 127.0.0.1
          upstream_resolver: "127.0.0.1:1"
          records: [{ name: a.test, type: A, value: 127.0.0.1 }, { name: b.test, type: A, value: 127.0.0.1 }, { name: dark.test, type: A, value: 10.1.2.3 }]
        proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0", tunnel_listen: "127.0.0.1:0", upstream_deny_cidrs: ["10.0.0.0/8"] }
        tls: { mode: sni-only }
        metrics: { listen: "127.0.0.1:0" }
        transforms:
          - { name: allowlist, config: { domains: [a.test, b.test, dark.test] } }
        """;

    private static readonly CaPem Ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);

    private static readonly string OfOneRule = Policy
        .Replace("mode: sni-only", "ca_cert: ca.crt, ca_key: ca.key", StringComparison.Ordinal)
        .Replace("domains: [a.test, b.test, dark.test]", "domains: [b.test, dark.test], rules: [{ host: a.test, tls: passthrough }]", StringComparison.Ordinal);

    private static readonly byte[] Hello = Record(Message(ServerName("a.test")));

    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);
    private readonly Records _records = new();
    private ProxyServer _server = null!; // Set before each test.

    private int UpstreamPort => ((IPEndPoint)_upstream.LocalEndpoint).Port;

    public async Task InitializeAsync()
    {
        _upstream.Start();
        _server = await StartAsync(Policy);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _upstream.Dispose();
        _records.Dispose();
    }

    [Theory]
    [InlineData("connect", 0, 0)]
    [InlineData("socks5", 0, 0)]
    [InlineData("connect", 0, 1)]
    [InlineData("connect", 3, 0)]
    [InlineData("socks5", 7, 5)]
    public async Task The_first_message_arrives_as_it_was_sent_in_whatever_pieces(string tunnel, int record, int piece)
    {
        var hello = record == 0 ? Hello : Records(Message(ServerName("A.test"), Alpn("h2")), record);
        using var client = await OpenAsync(tunnel, "a.test");
        foreach (var part in hello.Chunk(piece == 0 ? hello.Length : piece))
        {
            await client.SendAsync(part);
        }

        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        Assert.Equal(hello, await ReadAsync(upstream, hello.Length));
        await client.SendAsync("from client"u8.ToArray());
        await upstream.SendAsync("from upstream"u8.ToArray());
        Assert.Equal("from client"u8.ToArray(), await ReadAsync(upstream, 11));
        Assert.Equal("from upstream"u8.ToArray(), await ReadAsync(client, 13));

        upstream.Shutdown(SocketShutdown.Send);
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadAsync(client, 1));
        var records = await _records.ReadAsync(2);
        Assert.Equal([$"CONNECT {tunnel} a.test allow opened", " sni-only a.test allow delivered"], records.Select(Sum));
        var audit = records[1].GetProperty("audit");
        Assert.Equal((record == 0 ? "a.test" : "A.test", "https", UpstreamPort, 200), (audit.GetProperty("sni").GetString(), audit.GetProperty("scheme").GetString(), audit.GetProperty("port").GetInt32(), audit.GetProperty("status_code").GetInt32()));
        Assert.Equal("continue", records[1].GetProperty("request_transforms")[0].GetProperty("action").GetString());
        Assert.Equal(10, audit.GetProperty("rule").GetProperty("line").GetInt32());
        var bytes = await MetricsAsync();
        Assert.Contains($"iron_proxy_body_bytes_total{{direction=\"request\"}} {hello.Length + 11}\n", bytes, StringComparison.Ordinal);
        Assert.Contains("iron_proxy_body_bytes_total{direction=\"response\"} 13\n", bytes, StringComparison.Ordinal);
    }

    /// <summary>A client in a hurry sends both in one segment. The answer to the first must not be overtaken by the answer to the second.</summary>
    [Fact]
    public async Task A_first_message_that_comes_with_the_tunnels_request_waits_for_its_turn()
    {
        using var client = await ConnectAsync(ListenerRole.Tunnel);
        await client.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"CONNECT a.test:{UpstreamPort} HTTP/1.1\r\nHost: a.test\r\n\r\n"), .. Hello]);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await upstream.SendAsync("welcome"u8.ToArray());
        const string answer = "HTTP/1.1 200 Connection Established\r\n\r\nwelcome";
        Assert.Equal(answer, Encoding.ASCII.GetString(await ReadAsync(client, answer.Length)));
    }

    [Fact]
    public async Task Without_a_server_name_the_tunnels_host_counts()
    {
        using var client = await OpenAsync("connect", "127.0.0.1", Policy.Replace("domains: [a.test,", "cidrs: [127.0.0.1/32], domains: [a.test,", StringComparison.Ordinal));
        var hello = Record(Message());
        await client.SendAsync(hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, hello.Length); // What is closed with bytes that nobody has read breaks off.
        upstream.Dispose();
        client.Dispose();
        Assert.Equal(" sni-only 127.0.0.1 allow delivered", Sum((await _records.ReadAsync(2))[1]));
    }

    [Fact]
    public async Task Each_side_may_end_before_the_other()
    {
        using var client = await OpenAsync("connect", "a.test");
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, Hello.Length);

        await upstream.SendAsync("last words"u8.ToArray());
        upstream.Shutdown(SocketShutdown.Send);
        Assert.Equal("last words", Encoding.ASCII.GetString(await ReadAsync(client, 11)));
        await client.SendAsync("an answer to them"u8.ToArray());
        Assert.Equal("an answer to them", Encoding.ASCII.GetString(await ReadAsync(upstream, 17)));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadAsync(upstream, 1));
        Assert.Equal(" sni-only a.test allow delivered", Sum((await _records.ReadAsync(2))[1]));
    }

    [Fact]
    public async Task Much_goes_both_ways_at_once_and_arrives_whole()
    {
        const int size = 20_000_000;
        using var client = await OpenAsync("connect", "a.test");
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, Hello.Length);
        var (up, down) = (new byte[size], new byte[size]);
        Random.Shared.NextBytes(up);
        Random.Shared.NextBytes(down);

        var sending = Task.WhenAll(SendAsync(client, up), SendAsync(upstream, down));
        var received = await Task.WhenAll(ReadAsync(upstream, size), ReadAsync(client, size));
        await sending;

        Assert.True(received[0].AsSpan().SequenceEqual(up));
        Assert.True(received[1].AsSpan().SequenceEqual(down));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_is_passed_on_as_one(bool ofUpstream)
    {
        using var client = await OpenAsync("connect", "a.test");
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, Hello.Length);

        var (breaks, sees) = ofUpstream ? (upstream, client) : (client, upstream);
        breaks.LingerState = new LingerOption(true, 0);
        breaks.Close();

        var e = await Assert.ThrowsAsync<SocketException>(() => ReadAsync(sees, 1));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.Equal($" sni-only a.test allow {(ofUpstream ? "cut_off" : "client_left")}", Sum((await _records.ReadAsync(2))[1]));
    }

    [Theory]
    [InlineData("other.test", "host_not_allowed", TlsAlert.AccessDenied)]
    [InlineData("dark.test", "upstream_denied", TlsAlert.AccessDenied)]
    [InlineData("127.0.0.1", "invalid_host", TlsAlert.UnrecognizedName)]
    [InlineData("a.test.", "invalid_host", TlsAlert.UnrecognizedName)]
    [InlineData("", "tls_without_name", TlsAlert.MissingExtension)]
    public async Task What_is_refused_gets_an_alert_an_end_and_one_record(string name, string reason, TlsAlert alert)
    {
        using var client = await ConnectAsync(ListenerRole.Https);
        await client.SendAsync(Record(name.Length == 0 ? Message() : Message(ServerName(name))));
        Assert.Equal(TlsAlertRecord.Create(alert), await ReadAsync(client, 8));
        await AssertRefusedAsync(0, reason);
    }

    [Fact]
    public async Task A_server_name_that_is_not_the_tunnels_is_refused()
    {
        using var client = await OpenAsync("socks5", "a.test");
        await client.SendAsync(Record(Message(ServerName("b.test"))));
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.UnrecognizedName), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "authority_mismatch");
    }

    [Theory]
    [InlineData(0xFE0D)]
    [InlineData(0xFE09)]
    [InlineData(0xFF02)]
    [InlineData(0xFFCE)]
    public async Task A_hidden_server_name_is_refused(int extension)
    {
        using var client = await OpenAsync("connect", "a.test");
        await client.SendAsync(Record(Message(ServerName("a.test"), Extension(extension, [0]))));
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.AccessDenied), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "tls_hidden_name");
    }

    [Fact]
    public async Task The_proxys_own_listeners_are_not_reached()
    {
        var port = _server.Endpoints[ListenerRole.Tunnel].Port;
        using var client = await OpenAsync("connect", "a.test", port: port);
        await client.SendAsync(Hello);
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.AccessDenied), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "upstream_denied");
    }

    [Fact]
    public async Task An_upstream_that_is_not_there_is_told_of()
    {
        _upstream.Stop();
        using var client = await OpenAsync("connect", "a.test", port: 1);
        await client.SendAsync(Hello);
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.InternalError), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "upstream_unreachable");
    }

    [Fact]
    public async Task A_first_message_that_is_none_is_recorded_under_its_mode()
    {
        using var client = await ConnectAsync(ListenerRole.Https);
        await client.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.DecodeError), await ReadAsync(client, 8));
        await AssertRefusedAsync(0, "tls_handshake");
    }

    [Fact]
    public async Task Warn_mode_lets_through_and_says_so()
    {
        using var client = await OpenAsync("connect", "c.test", Policy.Replace("[a.test, b.test, dark.test] }", "[x.test], warn: true }", StringComparison.Ordinal).Replace("name: b.test", "name: c.test", StringComparison.Ordinal));
        await client.SendAsync(Record(Message(ServerName("c.test"))));
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        upstream.Dispose();
        client.Dispose();
        var record = (await _records.ReadAsync(2))[1];
        Assert.Equal("host_not_allowed", record.GetProperty("request_transforms")[0].GetProperty("annotations").GetProperty("violation").GetString());
        Assert.Equal("warn", record.GetProperty("level").GetString());
    }

    [Fact]
    public async Task Transforms_that_see_nothing_do_nothing()
    {
        using var client = await OpenAsync("connect", "a.test", Policy + """

              - { name: secrets, config: { secrets: [{ source: { type: env, var: KEY }, replace: { proxy_value: placeholder, require: true }, rules: [{ host: a.test }] }] } }
            """);
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, Hello.Length);
        upstream.Dispose();
        client.Dispose();
        var record = (await _records.ReadAsync(2))[1];
        Assert.Equal(" sni-only a.test allow delivered", Sum(record));
        Assert.Equal(1, record.GetProperty("request_transforms").GetArrayLength());
    }

    [Fact]
    public async Task A_swap_ends_what_the_new_policy_denies_and_holds_no_policy_for_what_it_does_not()
    {
        var ending = new List<Task>();
        foreach (var (usual, other) in new[] { ("domains: [a.test,", "domains: ["), ("\"10.0.0.0/8\"", "\"127.0.0.0/8\"") })
        {
            ending.Add(AssertEndsAsync(Policy, Policy.Replace(usual, other, StringComparison.Ordinal)));
        }

        // A rule that passes TLS through, and then one that lets the host through and has its TLS opened.
        ending.Add(AssertEndsAsync(OfOneRule, OfOneRule.Replace(", tls: passthrough", "", StringComparison.Ordinal)));

        await Task.WhenAll(ending);
        Assert.Equal(3, (await _records.ReadAsync(6)).Count(r => Sum(r) == " sni-only a.test allow withdrawn"));
    }

    [Theory]
    [InlineData("http", "CONNECT a.test:")]
    [InlineData("https", "CONNECT a.test:")]
    [InlineData("socks5h", "SOCKS5 a.test:")]
    [InlineData("socks5", "SOCKS5 127.0.0.1:")]
    public async Task Through_a_proxy_all_is_as_without_one(string scheme, string asked)
    {
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(UpstreamPort), scheme == "https" ? await CertificateAsync("proxy.test") : null, credentials: "svc:a value");
        using var client = await OpenAsync("connect", "a.test", Through(Policy, scheme, proxy, ", username: svc, password: { type: env, var: KEY }"));
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        Assert.Equal(Hello, await ReadAsync(upstream, Hello.Length));
        Assert.Equal([$"{asked}{UpstreamPort}"], proxy.Asked);
        Assert.Equal(["svc:a value"], proxy.Shown);

        await upstream.SendAsync("last words"u8.ToArray());
        upstream.Shutdown(SocketShutdown.Send);
        Assert.Equal("last words", Encoding.ASCII.GetString(await ReadAsync(client, 11)));
        await client.SendAsync("an answer to them"u8.ToArray());
        Assert.Equal("an answer to them", Encoding.ASCII.GetString(await ReadAsync(upstream, 17)));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadAsync(upstream, 1));
        Assert.Equal(" sni-only a.test allow delivered", Sum((await _records.ReadAsync(2))[1]));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5h")]
    [InlineData("socks5")]
    public async Task What_leads_to_a_denied_address_is_asked_of_no_proxy(string scheme)
    {
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(UpstreamPort));
        using var client = await OpenAsync("connect", "dark.test", Through(Policy, scheme, proxy));
        await client.SendAsync(Record(Message(ServerName("dark.test"))));
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.AccessDenied), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "upstream_denied");
        Assert.Empty(proxy.Received);
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_told_of()
    {
        await using var proxy = ScriptedProxy.Start(_ => new ScriptedTunnel());
        using var client = await OpenAsync("connect", "a.test", Through(OfOneRule, "http", proxy));
        await client.SendAsync(Hello);
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.InternalError), await ReadAsync(client, 8));
        await AssertRefusedAsync(1, "upstream_proxy_refused");
    }

    [Theory]
    [InlineData("http", "domains: [a.test,", "domains: [")]
    [InlineData("socks5", "\"10.0.0.0/8\"", "\"10.0.0.0/8\", \"127.0.0.0/8\"")]
    [InlineData("http", ", tls: passthrough", "")]
    public async Task A_swap_ends_what_goes_through_a_proxy_and_is_denied(string scheme, string usual, string other)
    {
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(UpstreamPort));
        var policy = Through(usual.Contains("tls", StringComparison.Ordinal) ? OfOneRule : Policy, scheme, proxy);
        await AssertEndsAsync(policy, policy.Replace(usual, other, StringComparison.Ordinal));
        Assert.Equal(" sni-only a.test allow withdrawn", Sum((await _records.ReadAsync(2))[1]));
    }

    private static string Through(string policy, string scheme, ScriptedProxy proxy, string more = "") => policy
        .Replace("[\"10.0.0.0/8\"]", $$"""["10.0.0.0/8"], upstream_ca: [ca.crt], upstream_proxy: { https_proxy: "{{scheme}}://proxy.test:{{proxy.Port}}"{{more}} }""", StringComparison.Ordinal)
        .Replace("records: [", "records: [{ name: proxy.test, type: A, value: 127.0.0.1 }, ", StringComparison.Ordinal);

    private static async Task<X509Certificate2> CertificateAsync(string name)
    {
        var authority = CertificateAuthority.Load(Ca.CertificatePem, Ca.PrivateKeyPem, TimeProvider.System);
        return (await new LeafCertificateCache(authority, 1, TimeSpan.FromHours(1), 10, TimeProvider.System).GetAsync(LeafName.ForHost(name), denied: false, CancellationToken.None)).TargetCertificate;
    }

    private async Task AssertEndsAsync(string policy, string denying)
    {
        await using var server = await StartAsync(policy);
        using var client = await OpenAsync("connect", "a.test", at: server);
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await ReadAsync(upstream, Hello.Length);

        var same = await server.SwapAsync(Compile(policy.Replace("dark.test]", "dark.test, more.test]", StringComparison.Ordinal)), CancellationToken.None);
        await same.Drained.WaitAsync(Patience.Event); // Nothing of the first policy is held by what it opened.
        await same.TunnelsEnded.WaitAsync(Patience.Event);
        await client.SendAsync("on it goes"u8.ToArray());
        Assert.Equal(10, (await ReadAsync(upstream, 10)).Length);

        var denies = await server.SwapAsync(Compile(denying), CancellationToken.None);
        await client.SendAsync("for a while"u8.ToArray());
        Assert.Equal(11, (await ReadAsync(upstream, 11)).Length);
        await denies.TunnelsEnded.WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<SocketException>(() => ReadAsync(client, 1));
    }

    [Theory]
    [InlineData("requests: 1", "too_many_requests")]
    [InlineData("upstream_connections: 1", "too_many_upstream_connections")]
    public async Task It_counts_as_a_request_and_as_a_connection_to_an_upstream_as_long_as_it_is_open_whatever_the_policy(string limit, string reason)
    {
        var policy = Policy + $"\nlimits: {{ {limit} }}";
        using var first = await OpenAsync("connect", "a.test", policy);
        await first.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await _server.SwapAsync(Compile(policy.Replace("[a.test, b.test", "[a.test", StringComparison.Ordinal)), CancellationToken.None);

        using var second = await OpenAsync("connect", "a.test");
        await second.SendAsync(Hello);
        Assert.Equal(TlsAlertRecord.Create(TlsAlert.InternalError), await ReadAsync(second, 8));
        await AssertRefusedAsync(2, reason);

        upstream.Dispose();
        first.Dispose();
        await _records.ReadAsync(4);
        using var third = await OpenAsync("connect", "a.test");
        await third.SendAsync(Hello);
        using var again = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
    }

    [Fact]
    public async Task Silence_ends_it_where_it_is_limited()
    {
        using var client = await OpenAsync("connect", "a.test", Policy + "\nlimits: { tunnel_idle_timeout: 100ms }");
        await client.SendAsync(Hello);
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<SocketException>(() => ReadAsync(client, 1));
        Assert.Equal(" sni-only a.test allow timed_out", Sum((await _records.ReadAsync(2))[1]));
        Assert.Contains("iron_proxy_limits_reached_total{limit=\"tunnel_idle_timeout\"} 1\n", await MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_goes_on_as_it_does_elsewhere()
    {
        using var client = await ConnectAsync(ListenerRole.Http);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET /x HTTP/1.1\r\nHost: a.test:{UpstreamPort}\r\n\r\n"));
        using var upstream = await _upstream.AcceptSocketAsync().WaitAsync(Patience.Event);
        await upstream.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        Assert.Equal("HTTP/1.1 204 No Content"u8.ToArray(), await ReadAsync(client, 23));
        Assert.Equal("GET http a.test allow delivered", Sum((await _records.ReadAsync(1))[0]));
    }

    private static string Sum(JsonElement record)
    {
        var audit = record.GetProperty("audit");
        return string.Join(' ', new[] { "method", "mode", "host", "action", "outcome" }.Select(m => audit.GetProperty(m).GetString()));
    }

    private static ProxyPlan Compile(string text)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        return result.Plan ?? throw new InvalidDataException(string.Join('\n', result.Diagnostics));
    }

    /// <returns>So many bytes, or fewer at the end.</returns>
    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        var length = 0;
        while (length < count)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(length)).AsTask().WaitAsync(Patience.Event);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return bytes[..length];
    }

    private static async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Patience.Event);
        }
    }

    private async Task AssertRefusedAsync(int before, string reason)
    {
        var records = await _records.ReadAsync(before + 1);
        var audit = records[before].GetProperty("audit");
        Assert.Equal(("sni-only", "reject", "refused", reason), (audit.GetProperty("mode").GetString(), audit.GetProperty("action").GetString(), audit.GetProperty("outcome").GetString(), audit.GetProperty("reason").GetString()));
        Assert.Equal(before + 1, records.Count);
    }

    private async Task<ProxyServer> StartAsync(string policy)
    {
        // Where nothing is opened, no file of a CA is read.
        var host = new HostAccess(
            name => name == "KEY" ? "a value" : null,
            path => policy.Contains(path, StringComparison.Ordinal) ? path == "ca.crt" ? Ca.CertificatePem : Ca.PrivateKeyPem : throw new InvalidOperationException($"{path} was read"),
            OpenFiles: 20_000);
        var server = await ProxyServer.CreateAsync(Compile(policy), host, _records, TimeProvider.System);
        await server.StartAsync(CancellationToken.None);
        return server;
    }

    private async Task<Socket> ConnectAsync(ListenerRole listener, ProxyServer? at = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync((at ?? _server).Endpoints[listener]);
        return socket;
    }

    /// <summary>Opens a tunnel to the upstream, through another proxy when a policy is given.</summary>
    private async Task<Socket> OpenAsync(string tunnel, string host, string? policy = null, int? port = null, ProxyServer? at = null)
    {
        if (policy is not null)
        {
            await _server.DisposeAsync();
            _server = await StartAsync(policy);
        }

        var to = port ?? UpstreamPort;
        var socket = await ConnectAsync(ListenerRole.Tunnel, at);
        if (tunnel == "socks5")
        {
            await socket.SendAsync((byte[])[5, 1, 0]);
            await ReadAsync(socket, 2);
            await socket.SendAsync((byte[])[5, 1, 0, 3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host), (byte)(to >> 8), (byte)to]);
            Assert.Equal(0, (await ReadAsync(socket, 10))[1]);
        }
        else
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:{to} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(await ReadAsync(socket, 39)), StringComparison.Ordinal);
        }

        return socket;
    }

    private async Task<string> MetricsAsync()
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"http://{_server.Endpoints[ListenerRole.Metrics]}/metrics"));
    }

    /// <summary>Takes audit records.</summary>
    private sealed class Records : MemoryStream
    {
        private readonly Lock _gate = new();
        private readonly List<JsonElement> _all = [];
        private string _rest = "";
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <returns>All that came, once there are so many.</returns>
        public async Task<IReadOnlyList<JsonElement>> ReadAsync(int count)
        {
            while (true)
            {
                Task more;
                lock (_gate)
                {
                    if (_all.Count >= count)
                    {
                        return [.. _all];
                    }

                    more = _more.Task;
                }

                await more.WaitAsync(Patience.Event);
            }
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (_gate)
            {
                var lines = (_rest + Encoding.UTF8.GetString(buffer, offset, count)).Split('\n');
                _rest = lines[^1];
                foreach (var line in lines[..^1])
                {
                    using var json = JsonDocument.Parse(line);
                    if (json.RootElement.TryGetProperty("audit", out _))
                    {
                        _all.Add(json.RootElement.Clone());
                    }
                }

                _more.TrySetResult();
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
