using System.Net;
using System.Net.Sockets;
using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class ConfiguredHttpTests : IAsyncLifetime
{
    private static readonly IPEndPoint NoNameServer = new(IPAddress.Loopback, 1); // All that is asked has an address.

    private readonly DnsLookups _lookups = DnsPlans.Lookups(NoNameServer, TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _lookups.DisposeAsync().AsTask();

    [Fact]
    public async Task Denied_networks_do_not_bind_it_and_redirects_are_not_followed()
    {
        await using var server = new Server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        using var http = Create([]);

        using var response = await SendAsync(http, server.Port);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }

    [Fact]
    public async Task The_proxys_own_listeners_are_never_asked()
    {
        using var http = Create([new IPEndPoint(IPAddress.Any, 8080)]);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(http, 8080));
        Assert.Equal(Reason.UpstreamDenied, Assert.IsType<UpstreamRefusedException>(failure.InnerException).Reason);
        Assert.Equal(((UpstreamRefusedException)failure.InnerException!).Message, ConfiguredHttp.Describe(failure));
    }

    [Fact]
    public async Task A_failure_is_told_without_what_was_received()
    {
        await using var server = new Server("canary-1234 is no HTTP\r\n\r\n");
        using var http = Create([]);

        var failure = await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync(http, server.Port));
        Assert.StartsWith("the request failed", ConfiguredHttp.Describe(failure), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", ConfiguredHttp.Describe(failure), StringComparison.Ordinal);
    }

    private HttpMessageInvoker Create(IPEndPoint[] own)
    {
        var resolver = new UpstreamResolver(null, NameSource.OfServer(NoNameServer), _lookups, TimeProvider.System);
        return new(ConfiguredHttp.Create(new UpstreamDialer(resolver, new DeniedNetworks(["127.0.0.0/8"]), new OwnListeners(own), TimeProvider.System), UpstreamTrust.System));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker http, int port) =>
        http.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/"), CancellationToken.None);

    /// <summary>Reads a head and answers with what it was given.</summary>
    private sealed class Server : LoopbackServer
    {
        private readonly byte[] _answer;

        public Server(string answer)
        {
            _answer = Encoding.ASCII.GetBytes(answer);
            Listen();
        }

        protected override async Task ServeAsync(TcpClient client)
        {
            await client.GetStream().ReadAtLeastAsync(new byte[1024], 1, cancellationToken: Stopping);
            await client.GetStream().WriteAsync(_answer, Stopping);
        }
    }
}
