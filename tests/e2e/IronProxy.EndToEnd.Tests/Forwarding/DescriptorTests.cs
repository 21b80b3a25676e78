using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>Many upstreams and few descriptors: connections that wait for nothing make room for those that are asked for.</summary>
public sealed class DescriptorTests : IDisposable
{
    private const int Descriptors = 600;
    private const int Upstreams = (Descriptors - 512) / 2; // What the proxy allows itself.
    private const int Few = 8;
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_client_that_asks_for_more_upstreams_than_there_may_be_connections_is_answered_each_time()
    {
        await using var proxy = await StartAsync(Policy);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        var upstreams = new List<ScriptedUpstream>();
        try
        {
            for (var i = 1; i <= 4 * Upstreams; i++)
            {
                var answer = $"answer {i}.";
                var upstream = ScriptedUpstream.Start(async exchange =>
                {
                    await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\n\r\n{answer}");
                    await exchange.DrainAsync();
                });
                upstreams.Add(upstream);
                await client.SendAsync($"GET /{i} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
                await client.ReadUntilAsync(answer);
            }

            Assert.InRange(Directory.GetFiles($"/proc/{proxy.Id.ToString(CultureInfo.InvariantCulture)}/fd").Length, 1, Descriptors);
        }
        finally
        {
            foreach (var upstream in upstreams)
            {
                await upstream.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task When_all_connections_are_in_use_a_request_is_refused_and_served_after_one_has_ended()
    {
        await using var proxy = await StartAsync($"limits: {{ upstream_connections: {Few} }}\n" + Policy);
        var end = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await end.Task.WaitAsync(Patience.Event);
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        var request = $"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n";
        var clients = new List<RawClient>();
        for (var i = 0; i < Few; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Listeners["http"]));
            await clients[^1].SendAsync(request);
        }

        using var limit = new CancellationTokenSource(Patience.Event);
        while (upstream.Connections < Few)
        {
            await Task.Delay(20, limit.Token); // They are on their way.
        }

        await using var late = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        var refused = await AskAsync(late, request);
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"too_many_upstream_connections\"", refused, StringComparison.Ordinal);
        end.SetResult();
        foreach (var client in clients)
        {
            Assert.EndsWith("\r\n\r\nok", await client.ReadToEndAsync(), StringComparison.Ordinal);
            await client.DisposeAsync();
        }

        await using var next = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        Assert.EndsWith("\r\n\r\nok", await AskAsync(next, request), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(RawClient client, string request)
    {
        await client.SendAsync(request);
        return await client.ReadToEndAsync();
    }

    private Task<GatewayProcess> StartAsync(string policy) => GatewayProcess.StartAsAsync(
        _folder, ["/bin/sh", "-c", $"ulimit -n {Descriptors} && exec \"$0\" \"$@\"", ProxyBinaries.IronProxy, "-plan", _folder.Compile(policy)]);
}
