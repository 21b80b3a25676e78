using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Limits;

public sealed class BufferedBodiesTests : IDisposable
{
    private readonly ProxyMetrics _metrics = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void What_is_given_back_can_be_reserved_again()
    {
        var bodies = new BufferedBodies(10, _metrics);

        Assert.True(bodies.TryReserve(6));
        Assert.False(bodies.TryReserve(5));
        Assert.True(bodies.TryReserve(4));
        bodies.Release(6);
        Assert.True(bodies.TryReserve(6));
    }

    [Fact]
    public void Threads_never_get_more_than_there_is()
    {
        var bodies = new BufferedBodies(100, _metrics);
        var got = 0;

        Parallel.For(0, 1000, _ =>
        {
            if (bodies.TryReserve(1))
            {
                Interlocked.Increment(ref got);
            }
        });

        Assert.InRange(got, 1, 100);
        bodies.Release(got);
        Assert.Equal(0, _metrics.HoldBody(0));
    }

    [Fact]
    public async Task A_body_is_held_while_its_request_lasts()
    {
        var limits = Limits(1000);
        using (var body = Body(limits, new string('x', 600), announced: true))
        {
            var (bytes, refusal) = await body.ReadWholeAsync(1000, CancellationToken.None);

            Assert.Null(refusal);
            Assert.Equal(600, bytes!.Length);
            Assert.Equal(600, _metrics.HoldBody(0));
            using var second = Body(limits, new string('y', 401), announced: true);
            Assert.Equal((null, Reason.BodyMemory), await second.ReadWholeAsync(1000, CancellationToken.None));
            Assert.False(body.TryReserve(401));
            Assert.True(body.TryReserve(400));
        }

        Assert.Equal(0, _metrics.HoldBody(0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    public async Task Bodies_of_any_length_are_held_whole(int length)
    {
        var text = new string('x', length);
        foreach (var announced in new[] { true, false })
        {
            using var body = Body(Limits(1 << 20), text, announced);
            var (bytes, refusal) = await body.ReadWholeAsync(length, CancellationToken.None);

            Assert.Null(refusal);
            Assert.Equal(text, Encoding.ASCII.GetString(bytes!));
        }
    }

    [Fact]
    public async Task What_is_only_announced_takes_no_memory()
    {
        var http = new DefaultHttpContext();
        http.Request.ContentLength = 1_000_000;
        http.Request.Body = new MemoryStream("first bytes"u8.ToArray());
        using var body = new ReceivedBody(http.Request, exists: true, Limits(10_000));

        await body.ReadWholeAsync(1_000_000, CancellationToken.None);

        Assert.InRange(_metrics.HoldBody(0), 1, 10_000);
    }

    private RequestLimits Limits(long bytes) => new(ProxyLimits.Create(new LimitsPlan { BufferedBodyBytes = bytes }, 1024), _metrics, TimeProvider.System);

    private static ReceivedBody Body(RequestLimits limits, string text, bool announced)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(Encoding.ASCII.GetBytes(text));
        http.Request.ContentLength = announced ? text.Length : null;
        return new ReceivedBody(http.Request, exists: true, limits);
    }
}
