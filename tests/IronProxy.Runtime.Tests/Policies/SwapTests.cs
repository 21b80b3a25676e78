using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Policies;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Policies;

/// <summary>Nothing else runs beside it: it counts what the process has.</summary>
[CollectionDefinition(nameof(SwapTests), DisableParallelization = true)]
public sealed class SwapCollection;

/// <summary>A proxy whose policy is swapped while clients use it. Each policy allows one path and denies the other's, and has a secret of its own.</summary>
[Collection(nameof(SwapTests))]
public sealed class SwapTests : IAsyncLifetime, IDisposable
{
    private const int Swaps = 600;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly CaPem _ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);
    private readonly Upstream _upstream = new();
    private readonly Records _records = new();
    private ProxyServer _server = null!; // Set before each test.

    public async Task InitializeAsync()
    {
        var host = new HostAccess(Variable, ReadFile, OpenFiles: 20_000);
        _server = await ProxyServer.CreateAsync(PlanOf("a"), host, _records, TimeProvider.System);
        await _server.StartAsync(CancellationToken.None);
    }

    public void Dispose() => _records.Dispose();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task The_next_request_is_decided_by_the_new_policy_also_on_a_connection_and_in_a_tunnel_that_are_open()
    {
        using var client = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Http], _upstream.Authority);
        using var tunnel = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        await tunnel.OpenTunnelAsync();
        foreach (var c in new[] { client, tunnel })
        {
            Assert.Equal((200, "secret of a"), await c.GetAsync("/a"));
            Assert.Equal(403, (await c.GetAsync("/b")).Status);
        }

        await (await SwapAsync("b")).Drained.WaitAsync(Patience.Event); // No request is under way, so that nothing is left of the first.

        foreach (var c in new[] { client, tunnel })
        {
            Assert.Equal((200, "secret of b"), await c.GetAsync("/b"));
            Assert.Equal(403, (await c.GetAsync("/a")).Status);
        }
    }

    [Fact]
    public async Task An_open_tunnel_that_the_new_policy_denies_ends_behind_its_request_and_another_stays()
    {
        var authority = $"upstream.test:{_upstream.Port}";
        using var idle = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        using var busy = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        using var allowed = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        await idle.OpenTunnelAsync(authority);
        await busy.OpenTunnelAsync(authority);
        await allowed.OpenTunnelAsync();
        Assert.Equal((200, ""), await idle.GetAsync("/a", authority));
        Assert.Equal((200, "secret of a"), await allowed.GetAsync("/a"));
        await busy.SendAsync("/a/held", authority);
        await _upstream.Held.Task.WaitAsync(Patience.Event);

        var swap = await _server.SwapAsync(Compile(PolicyOf("a").Replace("{ host: upstream.test,", "{ host: other.test,", StringComparison.Ordinal)), CancellationToken.None);

        Assert.Null(await idle.ReadLineAsync());
        Assert.False(swap.TunnelsEnded.IsCompleted);
        _upstream.Release.SetResult();
        Assert.Equal((200, ""), await busy.ReceiveAsync());
        Assert.Null(await busy.ReadLineAsync());
        await swap.TunnelsEnded.WaitAsync(Patience.Event);
        Assert.Equal((200, "secret of a"), await allowed.GetAsync("/a"));
    }

    [Fact]
    public async Task An_open_tunnel_ends_when_its_client_is_one_no_more_and_stays_when_another_rule_is_for_it()
    {
        await _server.SwapAsync(Compile(Asked("near", "127.0.0.0/8")), CancellationToken.None);
        using var tunnel = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        await tunnel.OpenTunnelAsync();
        Assert.Equal((200, "secret of a"), await tunnel.GetAsync("/a"));

        // Another name for who is there: the tunnel stays, and its next request is the other's.
        await (await _server.SwapAsync(Compile(Asked("renamed", "127.0.0.0/8")), CancellationToken.None)).TunnelsEnded.WaitAsync(Patience.Event);
        Assert.Equal(403, (await tunnel.GetAsync("/near")).Status);
        Assert.Equal((200, "secret of a"), await tunnel.GetAsync("/renamed"));

        await (await _server.SwapAsync(Compile(Asked("far", "192.0.2.0/24")), CancellationToken.None)).TunnelsEnded.WaitAsync(Patience.Event);
        Assert.Null(await tunnel.ReadLineAsync());

        // Whoever was not asked before is asked now.
        await SwapAsync("a");
        using var unasked = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        await unasked.OpenTunnelAsync();
        await (await _server.SwapAsync(Compile(Asked("far", "192.0.2.0/24")), CancellationToken.None)).TunnelsEnded.WaitAsync(Patience.Event);
        Assert.Null(await unasked.ReadLineAsync());
    }

    /// <summary>The server closes what it speaks HTTP on; here it does not yet know what comes.</summary>
    [Fact]
    public async Task One_that_says_nothing_ends_as_well()
    {
        using var silent = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel], _upstream.Authority);
        await silent.OpenTunnelAsync($"upstream.test:{_upstream.Port}");

        await (await SwapAsync("b")).TunnelsEnded.WaitAsync(Patience.Event); // Paths are another matter: it stays open.
        var swap = await _server.SwapAsync(Compile(PolicyOf("a").Replace("{ host: upstream.test,", "{ host: other.test,", StringComparison.Ordinal)), CancellationToken.None);

        await swap.TunnelsEnded.WaitAsync(Patience.Event);
    }

    [Theory]
    [InlineData("a", 0)]
    [InlineData("other host", 2)]
    [InlineData("other client", 2)]
    public async Task A_tunnel_over_SOCKS5_is_decided_by_the_policy_of_the_moment_when_it_is_asked_for(string next, byte reply)
    {
        await _server.SwapAsync(Compile(Asked("near", "127.0.0.0/8")), CancellationToken.None);
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Endpoints[ListenerRole.Tunnel]);
        var stream = client.GetStream();
        await stream.WriteAsync((byte[])[5, 1, 0]);
        Assert.Equal([5, 0], await ReadAsync(2));

        await _server.SwapAsync(Compile(next switch
        {
            "a" => PolicyOf("a"),
            "other host" => PolicyOf("a").Replace("127.0.0.1/32", "192.0.2.0/24", StringComparison.Ordinal),
            _ => Asked("far", "192.0.2.0/24"),
        }), CancellationToken.None);
        await stream.WriteAsync((byte[])[5, 1, 0, 1, 127, 0, 0, 1, (byte)(_upstream.Port >> 8), (byte)_upstream.Port]);
        Assert.Equal([5, reply], await ReadAsync(2));

        async Task<byte[]> ReadAsync(int count)
        {
            var bytes = new byte[count];
            await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience.Event);
            return bytes;
        }
    }

    [Fact]
    public async Task A_request_that_is_under_way_ends_with_the_policy_that_it_began_with()
    {
        using var client = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Http], _upstream.Authority);
        await client.SendAsync("/a/held");
        await _upstream.Held.Task.WaitAsync(Patience.Event);
        var ended = (await SwapAsync("b")).Drained;
        await Task.Delay(Between);
        Assert.False(ended.IsCompleted);

        _upstream.Release.SetResult();
        Assert.Equal((200, "secret of a"), await client.ReceiveAsync());
        await ended.WaitAsync(Patience.Event);
    }

    [Theory]
    [InlineData("var: SECRET_b", "var: MISSING", "MISSING")]
    [InlineData("tunnel_listen: \"127.0.0.1:0\"", "tunnel_listen: \"\"", "proxy.tunnel_listen")]
    public async Task What_cannot_be_swapped_in_changes_nothing(string usual, string other, string named)
    {
        var e = await Assert.ThrowsAnyAsync<StartupException>(() => _server.SwapAsync(Compile(PolicyOf("b").Replace(usual, other, StringComparison.Ordinal)), CancellationToken.None));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        using var client = await Client.ConnectAsync(_server.Endpoints[ListenerRole.Http], _upstream.Authority);
        Assert.Equal((200, "secret of a"), await client.GetAsync("/a"));
    }

    [Fact]
    public async Task Hundreds_of_swaps_under_load_fail_no_request_and_leave_nothing()
    {
        var plans = new[] { PlanOf("a"), PlanOf("b") };
        _records.Decide(plans.ToDictionary(p => p.PolicyHash, p => p == plans[0] ? "/a" : "/b"));
        await LoadAsync(plans, 20); // Until all is compiled, and pools have their size.
        var before = Measure();

        var answers = await LoadAsync(plans, Swaps);

        var after = Measure();
        Assert.Empty(answers.Wrong);
        Assert.All(answers.Counts, c => Assert.True(c.Value > 0, $"no answer with {c.Key}"));
        Assert.Empty(_records.Wrong);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_records.Count >= answers.Counts.Values.Sum())));
        Assert.True(after.Descriptors <= before.Descriptors + 20, $"descriptors: {before.Descriptors}, then {after.Descriptors}");
        Assert.True(after.Bytes <= before.Bytes + (8 << 20), $"bytes: {before.Bytes}, then {after.Bytes}");
    }

    /// <summary>Swaps while clients over HTTP/1.1, in tunnels and over HTTP/2 ask, and waits until all policies but the last have ended.</summary>
    private async Task<Answers> LoadAsync(ProxyPlan[] plans, int swaps)
    {
        using var stop = new CancellationTokenSource();
        var answers = new Answers();
        var clients = new List<Task>();
        foreach (var kind in new[] { ListenerRole.Http, ListenerRole.Http, ListenerRole.Tunnel, ListenerRole.Tunnel })
        {
            clients.Add(AskAsync(kind, answers, stop.Token));
        }

        clients.Add(AskOverHttp2Async(answers, stop.Token));
        var ended = new List<Task>();
        for (var i = 1; i <= swaps; i++)
        {
            ended.Add((await _server.SwapAsync(plans[i % plans.Length], CancellationToken.None)).Drained);
            await Task.Delay(Between, CancellationToken.None);
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(Patience.Event);
        await Task.WhenAll(ended).WaitAsync(Patience.Event);
        return answers;
    }

    private async Task AskAsync(ListenerRole kind, Answers answers, CancellationToken stop)
    {
        using var client = await Client.ConnectAsync(_server.Endpoints[kind], _upstream.Authority);
        if (kind == ListenerRole.Tunnel)
        {
            await client.OpenTunnelAsync();
        }

        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var path = i % 2 == 0 ? "/a" : "/b";
            var (status, body) = await client.GetAsync(path);
            answers.Add(path, status, body);
        }
    }

    /// <summary>The upstream does not speak TLS, so that what is allowed is a 502 here.</summary>
    private async Task AskOverHttp2Async(Answers answers, CancellationToken stop)
    {
        using var ca = X509Certificate2.CreateFromPem(_ca.CertificatePem);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { ca }, RevocationMode = X509RevocationMode.NoCheck },
            },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(_server.Endpoints[ListenerRole.Https], cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = Patience.Event };
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var path = i % 2 == 0 ? "/a" : "/b";
            using var response = await client.GetAsync(new Uri($"https://upstream.test:{_upstream.Port}{path}"), CancellationToken.None);
            answers.Add(path, (int)response.StatusCode == 502 ? 200 : (int)response.StatusCode, null);
        }
    }

    private Task<PolicySwap> SwapAsync(string name) => _server.SwapAsync(PlanOf(name), CancellationToken.None);

    private static (int Descriptors, long Bytes) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (Directory.GetFileSystemEntries("/proc/self/fd").Length, GC.GetTotalMemory(forceFullCollection: true));
    }

    private static string? Variable(string name) => name switch
    {
        "SECRET_a" => "secret of a",
        "SECRET_b" => "secret of b",
        _ => null,
    };

    private string ReadFile(string path) => path switch
    {
        "ca.crt" => _ca.CertificatePem,
        "ca.key" => _ca.PrivateKeyPem,
        _ => throw new FileNotFoundException(path),
    };

    private static ProxyPlan PlanOf(string name) => Compile(PolicyOf(name));

    private static string PolicyOf(string name) => $$"""
        dns: { listen: "127.0.0.1:0", proxy_ip: 127.0.0.1, upstream_resolver: "127.0.0.1:1", records: [{ name: upstream.test, type: A, value: 127.0.0.1 }] }
        proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0", tunnel_listen: "127.0.0.1:0", upstream_deny_cidrs: [] }
        tls: { ca_cert: ca.crt, ca_key: ca.key }
        metrics: { listen: "" }
        transforms:
          - { name: allowlist, config: { rules: [{ cidr: "127.0.0.1/32", paths: ["/{{name}}*"] }, { host: upstream.test, paths: ["/{{name}}*"] }] } }
          - { name: secrets, config: { secrets: [{ source: { type: env, var: SECRET_{{name}} }, inject: { header: X-Secret }, allow_plaintext: true, rules: [{ cidr: "127.0.0.1/32" }] }] } }
        """;

    private static string Asked(string name, string network) => PolicyOf("a")
        .Replace("upstream_deny_cidrs: []", $"upstream_deny_cidrs: [], clients: [{{ name: {name}, networks: [\"{network}\"] }}]", StringComparison.Ordinal)
        .Replace("rules: [{ cidr: \"127.0.0.1/32\", paths: [\"/a*\"] }", $"rules: [{{ cidr: \"127.0.0.1/32\", paths: [\"/a*\"] }}, {{ cidr: \"127.0.0.1/32\", paths: [\"/{name}\"], clients: [{name}] }}", StringComparison.Ordinal);

    private static ProxyPlan Compile(string text)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        return result.Plan ?? throw new InvalidDataException(string.Join('\n', result.Diagnostics));
    }

    /// <summary>What clients got, and what of it no policy would have decided.</summary>
    private sealed class Answers
    {
        public ConcurrentDictionary<int, int> Counts { get; } = new() { [200] = 0, [403] = 0 };

        public ConcurrentBag<string> Wrong { get; } = [];

        /// <param name="path">What was asked for.</param>
        /// <param name="status">The answer.</param>
        /// <param name="body">Its body, the secret that the upstream was sent; null when it is no matter.</param>
        public void Add(string path, int status, string? body)
        {
            Counts.AddOrUpdate(status, 1, static (_, count) => count + 1);
            if (status is not (200 or 403) || (status == 200 && body is not null && body != "secret of " + path[1..]))
            {
                Wrong.Add($"{path}: {status} {body}");
            }
        }
    }

    /// <summary>Takes audit records, and keeps those that their policy would not have decided so.</summary>
    private sealed class Records : MemoryStream
    {
        private Dictionary<string, string> _allowed = [];
        private string _rest = "";

        public int Count { get; private set; }

        public List<string> Wrong { get; } = [];

        /// <param name="allowed">The path that each policy allows, by its hash.</param>
        public void Decide(Dictionary<string, string> allowed) => _allowed = allowed;

        public override void Write(byte[] buffer, int offset, int count)
        {
            var lines = (_rest + Encoding.UTF8.GetString(buffer, offset, count)).Split('\n');
            _rest = lines[^1];
            foreach (var line in lines[..^1])
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.TryGetProperty("audit", out var audit) && audit.GetProperty("mode").GetString() != "connect")
                {
                    Count++;
                    var allowed = !audit.TryGetProperty("reason", out var reason) || reason.GetString() is "upstream_tls" or "upstream_unreachable" or "upstream_closed";
                    if (_allowed.Count > 0 && allowed != (_allowed[audit.GetProperty("plan_hash").GetString()!] == audit.GetProperty("path").GetString()))
                    {
                        Wrong.Add(line);
                    }
                }
            }
        }
    }

    /// <summary>An upstream that answers with the secret that it was sent, on connections that are kept, and does not speak TLS.</summary>
    private sealed class Upstream : IAsyncDisposable
    {
        private const char TlsHandshake = '\x16';

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly ConcurrentBag<Task> _serving = [];

        public Upstream()
        {
            _listener.Start();
            _serving.Add(AcceptAsync());
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public string Authority => $"127.0.0.1:{Port}";

        /// <summary>Ends when a request has come that is answered with <see cref="Release"/>.</summary>
        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            _listener.Dispose();
            await Task.WhenAll(_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopping.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _serving.Add(ServeAsync(client));
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                var first = new char[1];
                if (await reader.ReadAsync(first, _stopping.Token) == 0 || first[0] == TlsHandshake)
                {
                    return;
                }

                while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 } request)
                {
                    var secret = "";
                    while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 } line)
                    {
                        secret = line.StartsWith("X-Secret: ", StringComparison.Ordinal) ? line["X-Secret: ".Length..] : secret;
                    }

                    if (request.Contains("/held", StringComparison.Ordinal))
                    {
                        Held.TrySetResult();
                        await Release.Task.WaitAsync(_stopping.Token);
                    }

                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {secret.Length}\r\n\r\n{secret}"), _stopping.Token);
                }
            }
        }
    }

    /// <summary>A client that keeps its connection.</summary>
    private sealed class Client : IDisposable
    {
        private readonly TcpClient _tcp;
        private readonly StreamReader _reader;
        private readonly string _authority;

        private Client(TcpClient tcp, string authority)
        {
            _tcp = tcp;
            _authority = authority;
            _reader = new StreamReader(tcp.GetStream(), Encoding.ASCII);
        }

        public static async Task<Client> ConnectAsync(IPEndPoint endpoint, string authority)
        {
            var tcp = new TcpClient { NoDelay = true };
            await tcp.ConnectAsync(endpoint);
            return new Client(tcp, authority);
        }

        public void Dispose()
        {
            _reader.Dispose();
            _tcp.Dispose();
        }

        public Task<string?> ReadLineAsync() => _reader.ReadLineAsync().WaitAsync(Patience.Event);

        public async Task OpenTunnelAsync(string? authority = null)
        {
            await WriteAsync($"CONNECT {authority ?? _authority} HTTP/1.1\r\nHost: {authority ?? _authority}\r\n\r\n");
            Assert.Contains(" 200 ", await _reader.ReadLineAsync().WaitAsync(Patience.Event), StringComparison.Ordinal);
            Assert.Equal("", await _reader.ReadLineAsync().WaitAsync(Patience.Event));
        }

        public async Task<(int Status, string Body)> GetAsync(string path, string? authority = null)
        {
            await SendAsync(path, authority);
            return await ReceiveAsync();
        }

        public Task SendAsync(string path, string? authority = null) => WriteAsync($"GET {path} HTTP/1.1\r\nHost: {authority ?? _authority}\r\n\r\n");

        public async Task<(int Status, string Body)> ReceiveAsync()
        {
            var status = await _reader.ReadLineAsync().WaitAsync(Patience.Event) ?? throw new IOException("The proxy closed the connection.");
            var length = 0;
            while (await _reader.ReadLineAsync().WaitAsync(Patience.Event) is { Length: > 0 } line)
            {
                length = line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase) ? int.Parse(line["Content-Length: ".Length..], System.Globalization.CultureInfo.InvariantCulture) : length;
            }

            var body = new char[length];
            Assert.Equal(length, length == 0 ? 0 : await _reader.ReadBlockAsync(body)); // It would wait for more before it reads nothing.
            return (int.Parse(status.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), new string(body));
        }

        private async Task WriteAsync(string text) => await _tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
    }
}
