using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.PassedThrough;

/// <summary>TLS without a server name, of a client whose connections rules of the machine lead to the proxy: a client, the proxy and the world outside, each in a network of its own.</summary>
public sealed class DestinationTests : IAsyncLifetime
{
    private const string ProxyAddress = "10.78.0.1";
    private const string ProxyAddressV6 = "fd00:78::1";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly Stack<IAsyncDisposable> _made = new();
    private OutsideWorld _outside = null!; // Set before each test, as are the networks, or it is skipped.
    private NetworkNamespace _machine = null!;
    private NetworkNamespace _client = null!;
    private int _seen;

    public async Task InitializeAsync()
    {
        if (NamespaceTools.WhyNot is not null)
        {
            return;
        }

        _made.Push(_outside = await OutsideWorld.StartAsync(_folder.UpstreamCertificate([OutsideWorld.Upstream, OutsideWorld.UpstreamV6])));
        _made.Push(_machine = await NetworkNamespace.CreateAsync("in"));
        _made.Push(_client = await NetworkNamespace.CreateAsync("cl"));
        await _outside.ConnectAsync(_machine);
        await _client.ConnectAsync(_machine, ["10.78.0.2/24", "fd00:78::2/64"], [ProxyAddress + "/24", ProxyAddressV6 + "/64"], otherDevice: "eth1");
        await _client.AddDefaultRouteAsync(ProxyAddress);
        await _client.AddDefaultRouteAsync(ProxyAddressV6);
    }

    public async Task DisposeAsync()
    {
        while (_made.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    [SkippableTheory]
    [InlineData("redirect", "sni-only")]
    [InlineData("tproxy", "sni-only")]
    [InlineData("redirect", "mitm")]
    [InlineData("tproxy", "mitm")]
    public async Task It_is_led_to_the_address_that_the_client_dialled_where_policy_allows_that(string way, string mode)
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await LeadAsync(way);
        var plan = _folder.Compile(Policy(mode));
        await using var proxy = await GatewayProcess.StartAsAsync(
            _folder, _machine.CommandOf("root", [DoctorProcess.Program("iron-proxy"), "-plan", plan, .. way == "tproxy" ? ["-transparent"] : (string[])[]]));

        foreach (var address in new[] { OutsideWorld.Upstream, OutsideWorld.UpstreamV6 })
        {
            var answer = await AskAsync(address, 443);
            Assert.Equal((address, 443, "allow", "absent"), await RecordAsync(proxy));
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        }

        // The port is that of the destination as well, and nothing listens there.
        Assert.Null(await AskAsync(OutsideWorld.Upstream, 993));
        Assert.Equal((OutsideWorld.Upstream, 993, "reject", "upstream_unreachable"), await RecordAsync(proxy));

        // Denied, by the rules for hosts that are addresses.
        foreach (var address in new[] { OutsideWorld.Server, OutsideWorld.ServerV6 })
        {
            Assert.Null(await AskAsync(address, 443));
            Assert.Equal(mode == "mitm" ? ("", null, "reject", "tls_without_name") : (address, 443, "reject", "host_not_allowed"), await RecordAsync(proxy));
        }

        // Whoever dials the proxy itself wanted to go nowhere.
        foreach (var address in new[] { ProxyAddress, ProxyAddressV6 })
        {
            Assert.Null(await AskAsync(address, 8443));
            Assert.Equal(("", null, "reject", "tls_without_name"), await RecordAsync(proxy));
        }

        Assert.Empty(_outside.Arrivals);
    }

    private static string Policy(string mode) => $$"""
        proxy: { http_listen: "", https_listen: ":8443" }
        dns: { enabled: false }
        tls: {{(mode == "mitm" ? "{ ca_cert: \"ca.crt\", ca_key: \"ca.key\" }" : "{ mode: sni-only }")}}
        metrics: { listen: "" }
        transforms:
          - name: allowlist
            config:
              rules:
                - { cidr: "{{OutsideWorld.Upstream}}/32"{{(mode == "mitm" ? ", tls: passthrough" : "")}} }
                - { cidr: "{{OutsideWorld.UpstreamV6}}/128"{{(mode == "mitm" ? ", tls: passthrough" : "")}} }
        """;

    /// <summary>Leads what comes from the client to the proxy.</summary>
    private async Task LeadAsync(string way)
    {
        if (way == "redirect")
        {
            await _machine.ApplyRulesAsync("""
                table inet steer {
                    chain in { type nat hook prerouting priority dstnat; iifname "eth1" tcp dport { 443, 993 } redirect to :8443; }
                }
                """);
            return;
        }

        await _machine.ApplyRulesAsync("""
            table inet steer {
                chain in {
                    type filter hook prerouting priority mangle;
                    iifname "eth1" meta nfproto ipv4 tcp dport { 443, 993 } tproxy ip to :8443 meta mark set 1 accept;
                    iifname "eth1" meta nfproto ipv6 tcp dport { 443, 993 } tproxy ip6 to :8443 meta mark set 1 accept;
                }
            }
            """);
        await _machine.IpAsync("rule add fwmark 1 lookup 100");
        await _machine.IpAsync("route add local 0.0.0.0/0 dev lo table 100");
        await _machine.IpAsync("-6 rule add fwmark 1 lookup 100");
        await _machine.IpAsync("-6 route add local ::/0 dev lo table 100");
    }

    /// <summary>Asks a server by its address, so that TLS names none.</summary>
    /// <returns>The answer; null when TLS does not begin.</returns>
    private async Task<string?> AskAsync(string address, int port)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), port);
        using var socket = _client.Inside(() =>
        {
            var dialled = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            dialled.Connect(endpoint);
            return dialled;
        });
        using var limit = new CancellationTokenSource(Patience.Event);
        await using var tls = new SslStream(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = address,
                CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _folder.UpstreamCa }, RevocationMode = X509RevocationMode.NoCheck },
            }, limit.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return null;
        }

        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n"u8.ToArray(), limit.Token);
        using var reader = new StreamReader(tls);
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>The next record: host, port, action and reason.</summary>
    private async Task<(string? Host, int? Port, string? Action, string Reason)> RecordAsync(GatewayProcess proxy)
    {
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(proxy.Records.Count > _seen)), proxy.Output);
        var audit = proxy.Records[_seen++].GetProperty("audit");
        return (
            audit.GetProperty("host").GetString(), audit.TryGetProperty("port", out JsonElement port) ? port.GetInt32() : null, audit.GetProperty("action").GetString(),
            audit.TryGetProperty("reason", out var reason) ? reason.GetString()! : "absent");
    }
}
