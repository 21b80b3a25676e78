using System.Net;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Telemetry;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Telemetry;

/// <summary>What waits for a collector, without an exporter.</summary>
public sealed class ExportQueueTests : IAsyncLifetime
{
    private static readonly IPEndPoint NoNameServer = new(IPAddress.Loopback, 1); // The collector has an address.

    private readonly DnsLookups _lookups = DnsPlans.Lookups(NoNameServer, TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _lookups.DisposeAsync().AsTask();

    [Fact]
    public async Task What_finds_no_room_is_counted_and_dropped_and_the_rest_is_sent()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        using var mayGoOn = new ManualResetEventSlim();
        var handedOver = new List<string>();
        var queue = Create(collector, item =>
        {
            mayGoOn.Wait(Patience.Event);
            handedOver.Add(item);
        });
        queue.Offer("first", ExportLimits.Bytes / 2);
        queue.Offer("second", ExportLimits.Bytes / 2);
        queue.Offer("third", 1);
        mayGoOn.Set();
        await queue.DisposeAsync();

        Assert.Equal(["first", "second"], handedOver);
        Assert.Equal([("sent", 2), ("failed", 0), ("dropped", 1)], Counts(queue));
    }

    [Fact]
    public async Task What_was_sent_makes_room()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        var queue = Create(collector, static _ => { });
        queue.Offer("first", ExportLimits.Bytes);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(Counts(queue)[0] == ("sent", 1))));
        queue.Offer("second", ExportLimits.Bytes);
        await queue.DisposeAsync();

        Assert.Equal([("sent", 2), ("failed", 0), ("dropped", 0)], Counts(queue));
    }

    [Fact]
    public async Task What_the_collector_refuses_has_failed_and_is_said()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        collector.Status = 400;
        var said = new List<string>();
        var queue = Create(collector, static _ => { }, (count, failure) => said.Add($"{count}: {failure}"));
        queue.Offer("first", 1);
        await queue.DisposeAsync();

        Assert.Equal([("sent", 0), ("failed", 1), ("dropped", 0)], Counts(queue));
        Assert.Equal(["1: it answered with status 400"], said);
    }

    private ExportQueue<string> Create(Collector collector, Action<string> handOver, Action<int, string>? complain = null)
    {
        var resolver = new UpstreamResolver(null, NameSource.OfServer(NoNameServer), _lookups, TimeProvider.System);
        var http = new OtlpHttp(new UpstreamDialer(resolver, new DeniedNetworks([]), new OwnListeners([]), TimeProvider.System));
        var invoker = new HttpMessageInvoker(http, disposeHandler: false);
        return new ExportQueue<string>(http, handOver, Flush, complain ?? (static (_, _) => { }), TimeProvider.System);

        bool Flush(int milliseconds)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, collector.Url + "/v1/logs");
            using var response = invoker.Send(request, CancellationToken.None);
            return true;
        }
    }

    private static (string Outcome, long Count)[] Counts(ExportQueue<string> queue) => [.. queue.Count().Select(m => ((string)m.Tags[0].Value!, m.Value))]; // Each has its outcome.
}
