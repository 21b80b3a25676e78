using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

/// <summary>The way to an upstream, through a proxy that a script plays.</summary>
public sealed class UpstreamTunnelsTests : IDisposable
{
    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);

    public UpstreamTunnelsTests() => _upstream.Start();

    private int Port => ((IPEndPoint)_upstream.LocalEndpoint).Port;

    public void Dispose() => _upstream.Dispose();

    [Theory]
    [InlineData("http", "CONNECT api.example:")]
    [InlineData("socks5h", "SOCKS5 api.example:")]
    [InlineData("socks5", "SOCKS5 192.0.2.1:")]
    public async Task The_proxy_is_handed_the_name_or_with_socks5_the_address_that_was_checked(string scheme, string asked)
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"");
        await AssertLeadsToUpstreamAsync(stream);
        Assert.Equal([$"{asked}{Port}"], proxy.Asked);
        Assert.Empty(proxy.Shown);
    }

    [Theory]
    [InlineData("http", "fd00::1", "CONNECT [fd00::1]:")]
    [InlineData("socks5h", "fd00::1", "SOCKS5 [fd00::1]:")]
    [InlineData("socks5", "fd00::1", "SOCKS5 [fd00::1]:")]
    [InlineData("socks5h", "192.0.2.7", "SOCKS5 192.0.2.7:")]
    public async Task Hosts_that_are_addresses_stay_what_they_are(string scheme, string host, string asked)
    {
        await using var resolver = Resolver();
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"", host);
        Assert.Equal([$"{asked}{Port}"], proxy.Asked);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    [InlineData("socks5h")]
    public async Task Credentials_are_shown_to_a_proxy_that_wants_them(string scheme)
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port), credentials: "svc:pass:word");
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\", username: svc, password: {{type: env, var: P}}", password: "pass:word");
        await AssertLeadsToUpstreamAsync(stream);
        Assert.Equal(["svc:pass:word"], proxy.Shown);
    }

    [Theory]
    [InlineData("http", "wrong")]
    [InlineData("socks5h", "wrong")]
    [InlineData("socks5", "wrong")]
    [InlineData("http", null)]
    [InlineData("socks5h", null)]
    [InlineData("socks5", null)]
    public async Task A_proxy_that_is_not_shown_what_it_wants_is_a_reason_of_its_own(string scheme, string? password)
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port), credentials: "svc:right");
        var shown = password is null ? "" : ", username: svc, password: {type: env, var: P}";
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"{shown}", password: password));
        Assert.Equal(Reason.UpstreamProxyRefused, failure.Reason);
        Assert.DoesNotContain("wrong", failure.ToString(), StringComparison.Ordinal);
        Assert.False(_upstream.Pending());
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5h")]
    [InlineData("socks5")]
    public async Task A_host_that_leads_to_a_denied_address_is_not_asked_for(string scheme)
    {
        await using var resolver = Resolver("192.0.2.1", "10.1.2.3");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\""));
        Assert.Equal(Reason.UpstreamDenied, failure.Reason);
        Assert.Empty(proxy.Received);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5h")]
    [InlineData("socks5")]
    public async Task Neither_is_a_denied_address_itself(string scheme)
    {
        await using var resolver = Resolver();
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"", "::ffff:10.1.2.3"));
        Assert.Equal(Reason.UpstreamDenied, failure.Reason);
        Assert.Empty(proxy.Received);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5h")]
    [InlineData("socks5")]
    public async Task The_proxys_own_listeners_are_not_asked_for_whatever_is_denied(string scheme)
    {
        await using var resolver = Resolver("127.0.0.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(
            () => ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"", denied: "[]", own: [new IPEndPoint(IPAddress.Loopback, Port)]));
        Assert.Equal(Reason.UpstreamDenied, failure.Reason);
        Assert.Empty(proxy.Received);
    }

    [Fact]
    public async Task A_proxy_that_is_the_proxy_itself_is_not_dialled()
    {
        await using var resolver = Resolver("192.0.2.1");
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(
            () => ConnectAsync(resolver, $"http_proxy: \"http://127.0.0.1:{Port}\"", own: [new IPEndPoint(IPAddress.Loopback, Port)]));
        Assert.Equal(Reason.UpstreamProxyFailed, failure.Reason);
        Assert.False(_upstream.Pending());
    }

    [Fact]
    public async Task Denied_networks_are_not_for_the_proxy_which_the_operator_has_named()
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"http://127.0.0.1:{proxy.Port}\"", denied: "[127.0.0.0/8]");
        await AssertLeadsToUpstreamAsync(stream);
    }

    [Theory]
    [InlineData("http", true)]
    [InlineData("socks5h", true)]
    [InlineData("socks5", false)]
    public async Task A_name_that_is_not_known_here_may_be_known_to_the_proxy_that_is_handed_it(string scheme, bool passes)
    {
        await using var resolver = ScriptedDnsUpstream.Start(q => q.Answer(3));
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        var connecting = ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"");
        if (passes)
        {
            await using var stream = await connecting;
            await AssertLeadsToUpstreamAsync(stream);
        }
        else
        {
            Assert.Equal(Reason.UpstreamUnresolved, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => connecting)).Reason);
            Assert.Empty(proxy.Received);
        }
    }

    [Fact]
    public async Task Of_addresses_that_change_between_answers_socks5_asks_for_those_that_were_checked()
    {
        var asked = 0;
        await using var resolver = ScriptedDnsUpstream.Start(q =>
            q.Type != 1 ? q.Answer() : q.Answer(ScriptedDnsRecord.Address(q.Name, Interlocked.Increment(ref asked) == 1 ? "192.0.2.1" : "10.1.2.3", ttl: 0)));
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"socks5://127.0.0.1:{proxy.Port}\"");
        Assert.Equal([$"SOCKS5 192.0.2.1:{Port}"], proxy.Asked);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task The_next_address_is_asked_for_when_one_is_not_reached()
    {
        await using var resolver = Resolver("192.0.2.1", "2001:db8::1");
        await using var proxy = ScriptedProxy.Start(a => a.Contains('[', StringComparison.Ordinal) ? ScriptedTunnel.Saying("\u0005\u0003\u0000\u0001\0\0\0\0\0\0") : ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"socks5://127.0.0.1:{proxy.Port}\"");
        await AssertLeadsToUpstreamAsync(stream);
        Assert.Equal([$"SOCKS5 [2001:db8::1]:{Port}", $"SOCKS5 192.0.2.1:{Port}"], proxy.Asked);
    }

    [Theory]
    [InlineData("localhost, .example", false)]
    [InlineData("other.example, 192.0.2.0/24", true)]
    [InlineData("", true)]
    public async Task Hosts_of_no_proxy_are_dialled_and_checked_as_without_one(string hosts, bool asks)
    {
        await using var resolver = Resolver("127.0.0.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        var way = $"http_proxy: \"http://127.0.0.1:{proxy.Port}\", no_proxy: \"{hosts}\"";
        await using var stream = await ConnectAsync(resolver, way);
        await AssertLeadsToUpstreamAsync(stream);
        Assert.Equal(asks, proxy.Asked.Count == 1);
        Assert.Equal(Reason.UpstreamDenied, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, way, denied: "[127.0.0.0/8]"))).Reason);
    }

    [Fact]
    public async Task Networks_of_no_proxy_are_for_hosts_that_are_addresses()
    {
        await using var resolver = Resolver();
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"http_proxy: \"http://127.0.0.1:{proxy.Port}\", no_proxy: 127.0.0.0/8", "127.0.0.1");
        Assert.Empty(proxy.Asked);
    }

    [Fact]
    public async Task A_scheme_without_a_proxy_is_dialled()
    {
        await using var resolver = Resolver("127.0.0.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port));
        await using var stream = await ConnectAsync(resolver, $"https_proxy: \"http://127.0.0.1:{proxy.Port}\"");
        Assert.Empty(proxy.Asked);
    }

    public static TheoryData<string, string, string> Answers => new()
    {
        { "http", "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 9\r\n\r\n", "open" },
        { "http", "HTTP/1.0 200\r\n\r\n", "open" },
        { "http", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n", "open" },
        { "http", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "upstream_proxy_failed" },
        { "http", "HTTP/1.1 200 OK\n\n", "upstream_proxy_failed" },
        { "http", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "upstream_proxy_failed" },
        { "http", "HTTP/2 200 OK\r\n\r\n", "upstream_proxy_failed" },
        { "http", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "upstream_proxy_failed" },
        { "http", "SSH-2.0-OpenSSH_9.2\r\n", "upstream_proxy_failed" },
        { "http", "", "upstream_proxy_failed" },
        { "http", "HTTP/1.1 302 Found\r\nLocation: http://10.1.2.3/\r\n\r\n", "upstream_proxy_refused" },
        { "http", "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n", "upstream_proxy_refused" },
        { "http", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "upstream_proxy_refused" },
        { "http", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "upstream_unreachable" },
        { "http", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "upstream_unreachable" },
        { "http", "HTTP/1.1 504 Gateway Timeout\r\n\r\n", "upstream_unreachable" },
        { "socks5h", "\u0005\0\0\u0003\u0001a\0\0", "open" },
        { "socks5h", "\u0005\0\0\u0004" + "0123456789abcdef" + "\0\0", "open" },
        { "socks5h", "\u0005\u0001", "upstream_unreachable" },
        { "socks5h", "\u0005\u0002", "upstream_proxy_refused" },
        { "socks5h", "\u0005\u0003\0\u0001\0\0\0\0\0\0", "upstream_unreachable" },
        { "socks5h", "\u0005\u0005\0\u0001\0\0\0\0\0\0", "upstream_unreachable" },
        { "socks5h", "\u0005\u0008\0\u0001\0\0\0\0\0\0", "upstream_proxy_failed" },
        { "socks5h", "\u0005\u0077\0\u0001\0\0\0\0\0\0", "upstream_proxy_failed" },
        { "socks5h", "\u0005\0\0\u0002\0\0\0\0\0\0", "upstream_proxy_failed" },
        { "socks5h", "\u0005\0\u0001\u0001\0\0\0\0\0\0", "upstream_proxy_failed" },
        { "socks5h", "\u0004\u005a\0\0\0\0\0\0", "upstream_proxy_failed" },
        { "socks5h", "HTTP/1.1 200 OK\r\n\r\n", "upstream_proxy_failed" },
        { "socks5h", "", "upstream_proxy_failed" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Only_an_answer_that_says_so_opens_a_tunnel(string scheme, string answer, string outcome)
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Saying(answer) with { To = outcome == "open" ? new IPEndPoint(IPAddress.Loopback, Port) : null });
        var connecting = ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"");
        if (outcome == "open")
        {
            await using var stream = await connecting;
            await AssertLeadsToUpstreamAsync(stream);
        }
        else
        {
            Assert.Equal(outcome, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => connecting)).Reason.Code);
        }
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Saying("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X-Filler: 0123456789\r\n", 4000))));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, $"http_proxy: \"http://127.0.0.1:{proxy.Port}\""));
        Assert.Equal(Reason.UpstreamProxyFailed, failure.Reason);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5h")]
    public async Task A_silent_proxy_is_waited_for_as_long_as_a_silent_upstream(string scheme)
    {
        var time = new LateTime();
        await using var resolver = Resolver("192.0.2.1");
        await using var proxy = ScriptedProxy.Start(_ => new ScriptedTunnel { IsSilent = true });
        var connecting = ConnectAsync(resolver, $"http_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\"", time: time);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(proxy.Received.Length > 0 || scheme == "https")));
        Assert.True(await Patience.UntilAsync(() =>
        {
            time.Expire(TimeSpan.FromSeconds(10));
            return Task.FromResult(connecting.IsCompleted);
        }));
        Assert.Equal(Reason.UpstreamUnreachable, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => connecting)).Reason);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_or_not_known_is_told_from_an_upstream_that_is_not()
    {
        await using var resolver = Resolver("192.0.2.1");
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var port = ((IPEndPoint)gone.LocalEndpoint).Port;
        gone.Stop();
        Assert.Equal(Reason.UpstreamProxyFailed, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(resolver, $"http_proxy: \"http://127.0.0.1:{port}\""))).Reason);
        await using var ignorant = ScriptedDnsUpstream.Start(q => q.Answer(3));
        Assert.Equal(Reason.UpstreamProxyFailed, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(ignorant, "http_proxy: \"http://proxy.example:3128\""))).Reason);
    }

    [Theory]
    [InlineData("proxy.example", "open")]
    [InlineData("other.example", "upstream_proxy_failed")]
    public async Task The_certificate_of_a_proxy_with_TLS_is_verified_for_its_host(string name, string outcome)
    {
        await using var resolver = Resolver("127.0.0.1");
        var pem = CaGenerator.Create(new CaOptions(), TimeProvider.System);
        using var root = X509Certificate2.CreateFromPem(pem.CertificatePem);
        var authority = CertificateAuthority.Load(pem.CertificatePem, pem.PrivateKeyPem, TimeProvider.System);
        var leaf = await new LeafCertificateCache(authority, 1, TimeSpan.FromHours(1), 10, TimeProvider.System).GetAsync(LeafName.ForHost(name), denied: false, CancellationToken.None);
        await using var proxy = ScriptedProxy.Start(_ => ScriptedTunnel.Leads(Port), leaf.TargetCertificate);
        var connecting = ConnectAsync(resolver, $"http_proxy: \"https://proxy.example:{proxy.Port}\"", trust: UpstreamTrust.Only([]).With([root]));
        if (outcome == "open")
        {
            await using var stream = await connecting;
            await AssertLeadsToUpstreamAsync(stream);
        }
        else
        {
            Assert.Equal(outcome, (await Assert.ThrowsAsync<UpstreamRefusedException>(() => connecting)).Reason.Code);
            Assert.Empty(proxy.Received);
        }
    }

    private static ScriptedDnsUpstream Resolver(params string[] addresses) => ScriptedDnsUpstream.Start(q =>
        q.Answer(addresses.Select(a => ScriptedDnsRecord.Address(q.Name, a)).Where(r => r.Type == q.Type)));

    private async Task AssertLeadsToUpstreamAsync(Stream stream)
    {
        using var accepted = await _upstream.AcceptTcpClientAsync();
        using var limit = new CancellationTokenSource(Patience.Event);
        await stream.WriteAsync("ping"u8.ToArray(), limit.Token);
        await stream.FlushAsync(limit.Token);
        var buffer = new byte[4];
        await accepted.GetStream().ReadExactlyAsync(buffer, limit.Token);
        await accepted.GetStream().WriteAsync("pong"u8.ToArray(), limit.Token);
        Assert.Equal("ping", Encoding.ASCII.GetString(buffer));
        await stream.ReadExactlyAsync(buffer, limit.Token);
        Assert.Equal("pong", Encoding.ASCII.GetString(buffer));
    }

    private async Task<Stream> ConnectAsync(
        ScriptedDnsUpstream resolver, string way, string host = "api.example", string denied = "[10.0.0.0/8]", string? password = null,
        IPEndPoint[]? own = null, TimeProvider? time = null, UpstreamTrust? trust = null)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", $$"""
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            proxy: { upstream_deny_cidrs: {{denied}}, upstream_proxy: { {{way}} } }
            transforms: [{ name: allowlist, config: { domains: [api.example] } }]
            """));
        var plan = result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
        await using var lookups = DnsPlans.Lookups(resolver.Endpoint, TimeProvider.System);
        var names = new UpstreamResolver(null, NameSource.OfServer(resolver.Endpoint), lookups, TimeProvider.System);
        var dialer = new UpstreamDialer(names, new DeniedNetworks(plan.Upstream.DenyCidrs), new OwnListeners(own ?? []), TimeProvider.System);
        var handshake = new TlsHandshake(trust ?? UpstreamTrust.System);
        var tunnels = new UpstreamTunnels(dialer, UpstreamProxies.Of(plan.Upstream.Proxy!, new PlanMatcher(plan.Matching), (_, _) => new Known(new SecretValue(password!))), handshake, time ?? TimeProvider.System);
        var connector = new UpstreamConnector(dialer, tunnels, handshake, TimeProvider.System);
        Assert.Null(CanonicalHost.TryCreateFromText(host, out var canonical));
        using var permit = new UpstreamPermit(() => { });
        return await connector.ConnectAsync(new UpstreamOrigin("http", canonical, Port), offerHttp2: false, permit, IPAddress.Loopback, CancellationToken.None);
    }

    private sealed class Known(SecretValue value) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(value);
    }

    /// <summary>A clock whose timers expire when the test says so.</summary>
    private sealed class LateTime : TimeProvider
    {
        private readonly Lock _gate = new();
        private readonly List<Timer> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(callback, state, dueTime);
            lock (_gate)
            {
                _timers.Add(timer);
            }

            return timer;
        }

        public void Expire(TimeSpan due)
        {
            Timer[] all;
            lock (_gate)
            {
                all = [.. _timers.Where(t => t.Due == due)];
            }

            foreach (var timer in all)
            {
                timer.Expire();
            }
        }

        private sealed class Timer(TimerCallback callback, object? state, TimeSpan due) : ITimer
        {
            private bool _disposed;

            public TimeSpan Due { get; private set; } = due;

            public void Expire()
            {
                if (!_disposed)
                {
                    callback(state);
                }
            }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Due = dueTime;
                return !_disposed;
            }

            public void Dispose() => _disposed = true;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
