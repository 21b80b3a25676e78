using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using IronProxy.EndToEnd.Tests.Clients;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Identity;

/// <summary>Who asks, as programs that workloads run show it.</summary>
public sealed class IdentityTests(IdentityWorld world) : IClassFixture<IdentityWorld>
{
    /// <summary>What the upstream answers, and behind it the status of the tunnel and of the request.</summary>
    private const string Ok = "ok 200 200";

    [SkippableTheory]
    [InlineData("http")]
    [InlineData("socks5h")]
    public async Task A_password_opens_a_tunnel_and_what_comes_through_it_is_its_clients(string scheme)
    {
        var mark = await world.Plain.MarkAsync();
        var (exit, output) = await world.CurlAsync("--proxy", world.PlainProxy(scheme), "--proxy-user", $"ci:{world.CiPassword}", world.Url());

        Assert.Equal((0, scheme == "http" ? Ok : "ok 000 200"), (exit, output));
        Assert.Equal([$"{(scheme == "http" ? "connect" : "socks5")} ci password -", "mitm ci password -"], await IdentityWorld.SaysAsync(world.Plain, mark, 2));
        world.AssertPasswordsAreNowhere();
    }

    [SkippableTheory]
    [InlineData("http", "ci:wrong", 56, " 407 000", "connect - - client_credentials_wrong")]
    [InlineData("http", "nobody:wrong", 56, " 407 000", "connect - - client_credentials_wrong")]
    [InlineData("http", null, 56, " 407 000", "connect - - client_required")]
    [InlineData("socks5h", "ci:wrong", 97, " 000 000", "socks5 - - client_credentials_wrong")]
    [InlineData("socks5h", null, 97, " 000 000", "socks5 - - client_required")]
    public async Task Nothing_is_opened_for_others(string scheme, string? user, int exit, string output, string record)
    {
        var mark = await world.Plain.MarkAsync();
        var asked = await world.CurlAsync(["--proxy", world.PlainProxy(scheme), .. user is null ? [] : (string[])["--proxy-user", user], world.Url()]);

        Assert.Equal((exit, output), asked);
        Assert.Equal([record], await IdentityWorld.SaysAsync(world.Plain, mark, 1));
    }

    [SkippableFact]
    public async Task A_client_that_asks_first_is_told_how_to_show_itself()
    {
        var mark = await world.Plain.MarkAsync();
        var (exit, output) = await world.CurlAsync("--proxy", world.PlainProxy(), "--include", world.PlainUrl());

        Assert.Equal(0, exit);
        Assert.StartsWith("HTTP/1.1 407 ", output, StringComparison.Ordinal);
        Assert.Contains("Proxy-Authenticate: Basic realm=\"iron-proxy\", charset=\"UTF-8\"\r\n", output, StringComparison.Ordinal);

        // It asks without, and again with what it was asked for, on the same connection.
        var again = await world.CurlAsync("--proxy", world.PlainProxy(), "--proxy-anyauth", "--proxy-user", $"ci:{world.CiPassword}", world.PlainUrl());
        Assert.Equal((0, "ok 000 200"), again);
        Assert.Equal(["http - - client_required", "http - - client_required", "http ci password -"], await IdentityWorld.SaysAsync(world.Plain, mark, 3));
    }

    [SkippableFact]
    public async Task A_password_of_a_file_is_shown_with_a_user_name_of_its_own()
    {
        var mark = await world.Plain.MarkAsync();
        var (exit, output) = await world.CurlAsync("--proxy", world.PlainProxy(), "--proxy-user", $"agent:{world.AgentPassword}", world.Url("other.example.com"));

        Assert.Equal((0, Ok), (exit, output));
        Assert.Equal(["connect agent-7 password -", "mitm agent-7 password -"], await IdentityWorld.SaysAsync(world.Plain, mark, 2));
        world.AssertPasswordsAreNowhere();
    }

    [SkippableFact]
    public async Task A_network_names_who_shows_nothing_and_forgives_nothing_that_is_shown()
    {
        var mark = await world.Plain.MarkAsync();
        string[] near = ["--interface", "127.0.0.2", "--proxy", world.PlainProxy()];

        Assert.Equal((0, Ok), await world.CurlAsync([.. near, world.Url()]));
        Assert.Equal((0, Ok), await world.CurlAsync([.. near, "--proxy-user", $"ci:{world.CiPassword}", world.Url()]));
        Assert.Equal((56, " 407 000"), await world.CurlAsync([.. near, "--proxy-user", "ci:wrong", world.Url()]));
        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. near, world.Url("other.example.com")]));
        Assert.Equal(
            [
                "connect build-net network -", "mitm build-net network -", "connect ci password -", "mitm ci password -", "connect - - client_credentials_wrong",
                "connect build-net network request_not_allowed",
            ],
            await IdentityWorld.SaysAsync(world.Plain, mark, 6));
    }

    [SkippableFact]
    public async Task What_is_intercepted_is_named_by_its_network_or_comes_from_nobody()
    {
        var mark = await world.Plain.MarkAsync();
        string[] Intercepted(string from, string host) =>
            ["--interface", from, "--connect-to", $"{host}:{world.Upstream.Port}:127.0.0.1:{world.Plain.Listeners["https"].Port}", world.Url(host)];

        // A port that is not 443 disagrees with that of intercepted TLS, which is why plain HTTP is asked.
        var (exit, output) = await world.CurlAsync("--interface", "127.0.0.2", "--connect-to", $"api.example.com:{world.PlainUpstream.Port}:127.0.0.1:{world.Plain.Listeners["http"].Port}", world.PlainUrl());
        Assert.Equal((0, "ok 000 200"), (exit, output));
        Assert.Equal((0, "ok 000 200"), await world.CurlAsync("--connect-to", $"api.example.com:{world.PlainUpstream.Port}:127.0.0.1:{world.Plain.Listeners["http"].Port}", world.PlainUrl()));
        Assert.Equal(403, await StatusAsync(Intercepted("127.0.0.2", "other.example.com")));
        Assert.Equal(
            ["http build-net network -", "http - - -", "mitm build-net network request_not_allowed"],
            await IdentityWorld.SaysAsync(world.Plain, mark, 3));

        async Task<int> StatusAsync(string[] arguments) => int.Parse((await world.CurlAsync(arguments)).Output[^3..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [SkippableFact]
    public async Task The_listener_speaks_TLS_of_its_own_around_tunnels_and_requests()
    {
        var mark = await world.Tls.MarkAsync();
        string[] ci = [.. world.TlsProxy(), "--proxy-user", $"ci:{world.CiPassword}"];

        Assert.Equal((0, Ok), await world.CurlAsync([.. ci, world.Url()]));
        Assert.Equal((0, Ok), await world.CurlAsync([.. ci, "--http2", world.Url()]));
        Assert.Equal((0, "ok 000 200"), await world.CurlAsync([.. ci, world.PlainUrl()]));
        Assert.Equal((0, Ok), await world.CurlAsync([.. ci, "--cacert", world.Folder.UpstreamCaFile, world.Url("passed.example.com")]));
        Assert.Equal(
            [
                "connect ci password -", "mitm ci password -", "connect ci password -", "mitm ci password -", "http ci password -", "connect ci password -",
                "sni-only ci password -",
            ],
            await IdentityWorld.SaysAsync(world.Tls, mark, 7));
        world.AssertPasswordsAreNowhere();
    }

    [SkippableTheory]
    [InlineData("agent", "agent-7")]
    [InlineData("robot", "robot")]
    public async Task A_certificate_names_its_client(string certificate, string name)
    {
        var mark = await world.Tls.MarkAsync();

        Assert.Equal((0, Ok), await world.CurlAsync([.. world.TlsProxy(certificate), world.Url()]));
        Assert.Equal([$"connect {name} certificate -", $"mitm {name} certificate -"], await IdentityWorld.SaysAsync(world.Tls, mark, 2));
    }

    [SkippableFact]
    public async Task A_rule_for_a_client_is_for_its_certificate_too()
    {
        var mark = await world.Tls.MarkAsync();
        Assert.Equal((0, Ok), await world.CurlAsync([.. world.TlsProxy("agent"), world.Url("other.example.com")]));
        Assert.Equal((0, Ok), await world.CurlAsync([.. world.TlsProxy("agent"), "--cacert", world.Folder.UpstreamCaFile, world.Url("passed.example.com")]));
        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. world.TlsProxy("robot"), world.Url("other.example.com")]));
        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. world.TlsProxy("robot"), "--cacert", world.Folder.UpstreamCaFile, world.Url("passed.example.com")]));
        Assert.Equal(
            [
                "connect agent-7 certificate -", "mitm agent-7 certificate -", "connect agent-7 certificate -", "sni-only agent-7 certificate -",
                "connect robot certificate request_not_allowed", "connect robot certificate request_not_allowed",
            ],
            await IdentityWorld.SaysAsync(world.Tls, mark, 6));
    }

    [SkippableTheory]
    [InlineData("other-ca")]
    [InlineData("expired")]
    [InlineData("server")]
    public async Task A_certificate_that_is_not_good_ends_the_handshake(string certificate)
    {
        var mark = await world.Tls.MarkAsync();
        var (exit, output) = await world.CurlAsync([.. world.TlsProxy(certificate), "--interface", "127.0.0.2", world.Url()]);

        Assert.NotEqual(0, exit);
        Assert.Equal(" 000 000", output);
        Assert.Equal(["- - client_certificate_invalid"], await IdentityWorld.SaysAsync(world.Tls, mark, 1));
    }

    [SkippableTheory]
    [InlineData("unknown")]
    [InlineData("both")]
    public async Task A_good_certificate_of_no_client_is_refused_although_a_network_and_a_password_name_one(string certificate)
    {
        var mark = await world.Tls.MarkAsync();

        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. world.TlsProxy(certificate), "--interface", "127.0.0.2", world.Url()]));
        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. world.TlsProxy(certificate), "--proxy-user", $"ci:{world.CiPassword}", world.Url()]));
        Assert.Equal(["connect - - client_certificate_unknown", "connect - - client_certificate_unknown"], await IdentityWorld.SaysAsync(world.Tls, mark, 2));
    }

    [SkippableFact]
    public async Task A_certificate_and_a_password_must_be_those_of_one_client()
    {
        var mark = await world.Tls.MarkAsync();

        Assert.Equal((0, Ok), await world.CurlAsync([.. world.TlsProxy("agent"), "--proxy-user", $"agent:{world.AgentPassword}", world.Url()]));
        Assert.Equal((56, " 403 000"), await world.CurlAsync([.. world.TlsProxy("agent"), "--proxy-user", $"ci:{world.CiPassword}", world.Url()]));
        Assert.Equal((56, " 407 000"), await world.CurlAsync([.. world.TlsProxy("agent"), "--proxy-user", "agent:wrong", world.Url()]));
        Assert.Equal(
            ["connect agent-7 certificate -", "mitm agent-7 certificate -", "connect - - client_mismatch", "connect - - client_credentials_wrong"],
            await IdentityWorld.SaysAsync(world.Tls, mark, 4));
    }

    /// <summary>curl does not speak SOCKS5 inside of TLS.</summary>
    [Fact]
    public async Task SOCKS5_is_spoken_inside_of_TLS_as_without()
    {
        var mark = await world.Tls.MarkAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Tls.Listeners["tunnel"]);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "proxy.example.com",
            CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { world.Folder.UpstreamCa }, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck },
        }).WaitAsync(Patience.Event);
        var password = Encoding.ASCII.GetBytes(world.CiPassword);
        var host = "api.example.com"u8.ToArray();
        var port = world.PlainUpstream.Port;

        await tls.WriteAsync((byte[])[5, 2, 0, 2]);
        Assert.Equal([5, 2], await ReadAsync(2));
        await tls.WriteAsync((byte[])[1, 2, .. "ci"u8, (byte)password.Length, .. password]);
        Assert.Equal([1, 0], await ReadAsync(2));
        await tls.WriteAsync((byte[])[5, 1, 0, 3, (byte)host.Length, .. host, (byte)(port >> 8), (byte)port]);
        Assert.Equal([5, 0, 0, 1, 0, 0, 0, 0, 0, 0], await ReadAsync(10));
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /x HTTP/1.1\r\nHost: api.example.com:{port}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(tls);
        Assert.EndsWith("\r\n\r\nok\n", await reader.ReadToEndAsync().WaitAsync(Patience.Event), StringComparison.Ordinal);
        Assert.Equal(["socks5 ci password -", "http ci password -"], await IdentityWorld.SaysAsync(world.Tls, mark, 2));

        async Task<byte[]> ReadAsync(int count)
        {
            var bytes = new byte[count];
            await tls.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience.Event);
            return bytes;
        }
    }

    [Theory]
    [InlineData("CONNECT api.example.com:443 HTTP/1.1\r\n\r\n")]
    [InlineData("\x05\x01\x00")]
    public async Task What_speaks_no_TLS_to_it_gets_nothing_and_one_record(string bytes)
    {
        var mark = await world.Tls.MarkAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Tls.Listeners["tunnel"]);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes));
        try
        {
            Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience.Event));
        }
        catch (IOException)
        {
            // It was closed with bytes unread.
        }

        Assert.Equal(["- - tls_handshake"], await IdentityWorld.SaysAsync(world.Tls, mark, 1));
    }

    [SkippableFact]
    public async Task Pythons_requests_shows_the_user_of_its_environment()
    {
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/requests"), "requests is not installed (Debian: python3-requests)");
        var mark = await world.Plain.MarkAsync();
        string[] python = ["/usr/bin/python3", "-c", "import requests, sys; print(requests.get(sys.argv[1], timeout=60).text, end='')", world.Url()];
        var (exit, output, error) = await CommandLine.RunAsync(["env", $"HTTPS_PROXY={WithUser(world.CiPassword)}", $"REQUESTS_CA_BUNDLE={world.Folder.CaFile}", .. python]);

        Assert.True(exit == 0, error);
        Assert.Equal("ok\n", output);
        Assert.Equal(["connect ci password -", "mitm ci password -"], await IdentityWorld.SaysAsync(world.Plain, mark, 2));
    }

    [SkippableFact]
    public async Task Nodes_fetch_shows_the_user_of_its_proxy()
    {
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Repository.Path("tests", "e2e", "judges", "node_modules", "undici")), "the packages of tests/e2e/judges are not installed (eng/install-test-tools.sh)");
        var mark = await world.Plain.MarkAsync();
        string[] node = ["node", ClientWorld.Program("fetch_once.mjs")];
        var (exit, output, error) = await CommandLine.RunAsync(["env", $"NODE_EXTRA_CA_CERTS={world.Folder.CaFile}", .. node, WithUser(world.CiPassword), world.Url()]);

        Assert.True(exit == 0, error);
        Assert.Equal("200 ok\n\n", output);
        Assert.Equal(["connect ci password -", "mitm ci password -"], await IdentityWorld.SaysAsync(world.Plain, mark, 2));
    }

    private string WithUser(string password) => $"http://ci:{password}@127.0.0.1:{world.Plain.Listeners["tunnel"].Port}";
}
