using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Audit;

/// <summary>Every request leaves exactly one record: when many come at once, and when they end in odd ways.</summary>
public sealed class OneRecordTests : IAsyncLifetime, IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private GatewayProcess _proxy = null!; // Set before any test runs.

    public async Task InitializeAsync() => _proxy = await GatewayProcess.StartAsync(_folder, Policy);

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_crowd_of_good_and_bad_requests_leaves_one_record_each()
    {
        await using var upstream = ScriptedUpstream.Start();
        string[] kinds =
        [
            $"GET /{{0}} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n",
            "GET /{0} HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n",
            $"GET /{{0}}/../ HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n",
            $"POST /{{0}} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            $"POST /{{0}} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
        ];
        const int Each = 40;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, kinds.Length * Each),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) =>
            {
                await using var client = await RawClient.ConnectAsync(_proxy.Listeners["http"]);
                await client.SendAsync(kinds[i % kinds.Length].Replace("{0}", $"request-{i}", StringComparison.Ordinal));
                Assert.StartsWith("HTTP/1.1 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
            });

        var records = await _proxy.RecordsSinceAsync(0, kinds.Length * Each);
        Assert.Equal(kinds.Length * Each, records.Count);
        Assert.Equal(2 * Each, records.Count(r => Member(r, "action") == "allow"));

        // A path is recorded as received, whatever became of the request.
        var paths = records.Select(r => Member(r, "path")).ToHashSet(StringComparer.Ordinal);
        Assert.All(Enumerable.Range(0, kinds.Length * Each), i => Assert.Contains(paths, p => p.Split('/')[1] == $"request-{i}"));
    }

    [Fact]
    public async Task An_upload_that_is_cut_leaves_one_record_and_is_not_completed()
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            arrived.SetResult();
            await exchange.DrainAsync();
        });
        var client = await RawClient.ConnectAsync(_proxy.Listeners["http"]);
        await client.SendAsync($"POST /cut HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
        await arrived.Task.WaitAsync(Patience.Event);
        client.Abort();

        var records = await _proxy.RecordsSinceAsync(0, 1);
        Assert.True(records.Count == 1, string.Join('\n', records));
        var record = records[0];

        // Whether the reset or the missing rest of the body is noticed first is a matter of time.
        Assert.Contains(
            (Member(record, "action"), Member(record, "reason"), Member(record, "outcome")),
            new[] { ("allow", "absent", "client_left"), ("reject", "malformed_body", "upload_failed") });
        Assert.DoesNotContain("\r\n0\r\n\r\n", upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_that_the_client_does_not_wait_for_leaves_one_record()
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            arrived.SetResult();
            await exchange.DrainAsync();
        });
        var client = await RawClient.ConnectAsync(_proxy.Listeners["http"]);
        await client.SendAsync($"GET /left HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
        await arrived.Task.WaitAsync(Patience.Event);
        client.Abort();

        var record = Assert.Single(await _proxy.RecordsSinceAsync(0, 1));
        Assert.Equal(("allow", "client_left", "499"), (Member(record, "action"), Member(record, "outcome"), Member(record, "status_code")));
        Assert.Equal(("absent", "absent"), (Member(record, "reason"), Member(record, "status")));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("tunnel")]
    public async Task A_connection_without_a_byte_asked_for_nothing_and_leaves_none(string listener)
    {
        await using (await RawClient.ConnectAsync(_proxy.Listeners[listener]))
        {
            await _proxy.FenceAsync();
        }

        Assert.Empty(await _proxy.RecordsSinceAsync(0, 0));
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_recorded()
    {
        await using var client = await RawClient.ConnectAsync(_proxy.Listeners["http"]);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api.example.com\r\nX-Large: " + new string('a', 140_000) + "\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("head_too_large", Member(Assert.Single(await _proxy.RecordsSinceAsync(0, 1)), "reason"));
    }

    private static string Member(JsonElement record, string name) =>
        record.GetProperty("audit").TryGetProperty(name, out var value) ? value.ToString() : "absent";
}
