using System.IO.Compression;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Bodies;

/// <summary>One body for all steps: read once, decoded once, observed as it was sent.</summary>
public sealed class RequestBodyTests
{
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789", 1000)));

    [Fact]
    public async Task It_is_read_once_however_many_ask()
    {
        var body = new ScriptedBody(Text, piece: 999);

        var first = await body.ReadWholeAsync(Text.Length, default);
        var reads = body.Reads;
        var second = await body.ReadWholeAsync(Text.Length, default);

        Assert.Equal(Text, first.Bytes);
        Assert.Same(first.Bytes, second.Bytes);
        Assert.Equal(reads, body.Reads);
        Assert.True(body.Consumed);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task An_announced_length_over_the_limit_is_refused_unread(bool announced, int leastReads)
    {
        var body = new ScriptedBody(Text, announced: announced);

        Assert.Equal((null, Reason.BodyTooLarge), await body.ReadWholeAsync(Text.Length - 1, default));
        Assert.InRange(body.Reads, leastReads, leastReads + 1);
    }

    [Fact]
    public async Task It_is_decoded_once_within_the_limit()
    {
        var body = new ScriptedBody(Gzip(Text));

        var (bytes, refusal) = await body.ReadDecodedAsync("gzip", Text.Length, default);
        var left = body.Memory;
        var again = await body.ReadDecodedAsync("gzip", Text.Length, default);

        Assert.Null(refusal);
        Assert.Equal(Text, bytes);
        Assert.Same(bytes, again.Bytes);
        Assert.Equal(left, body.Memory);
        Assert.Equal((null, Reason.BodyTooLarge), await new ScriptedBody(Gzip(Text)).ReadDecodedAsync("gzip", Text.Length - 1, default));
        Assert.Equal((null, Reason.BodyEncoding), await new ScriptedBody(Text).ReadDecodedAsync("gzip", Text.Length, default));
        Assert.Equal((null, Reason.BodyMemory), await new ScriptedBody(Gzip(Text), memory: 5000).ReadDecodedAsync("gzip", Text.Length, default));
    }

    [Fact]
    public async Task What_a_step_puts_in_its_place_is_what_the_next_one_reads_and_what_is_sent()
    {
        var body = new ScriptedBody(Gzip(Text));
        var observer = new BodyPrefix(4);
        body.Observe(observer);
        await body.ReadDecodedAsync("gzip", Text.Length, default);

        body.Replace([1, 2, 3]);

        Assert.Equal([1, 2, 3], (await body.ReadDecodedAsync(null, 10, default)).Bytes!);
        Assert.Equal([1, 2, 3], (await body.ReadWholeAsync(10, default)).Bytes!);
        using var sent = new MemoryStream();
        await body.CopyToAsync(sent, default);
        Assert.Equal([1, 2, 3], sent.ToArray());
        Assert.Equal(3, body.Length);
        Assert.Equal(Gzip(Text)[..4], observer.Bytes.ToArray()); // As the workload sent it.
    }

    [Fact]
    public async Task What_was_received_can_be_read_behind_what_was_put_in_its_place()
    {
        var body = new ScriptedBody(Gzip(Text));
        Assert.Equal(Text, (await body.ReadReceivedAsync("gzip", Text.Length, default)).Bytes);

        body.Replace("other"u8.ToArray());
        var (bytes, decoded, refusal) = await body.ReadReceivedAsync("gzip", Text.Length, default);
        Assert.Equal(Text, bytes);
        Assert.Equal((true, null), (decoded, refusal));
        Assert.Equal("other"u8.ToArray(), (await body.ReadDecodedAsync(null, Text.Length, default)).Bytes);
        Assert.Equal("other"u8.ToArray(), body.InMemory);
        Assert.Equal(Reason.BodyTooLarge, (await body.ReadReceivedAsync("gzip", Text.Length - 1, default)).Refusal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_received_in_a_coding_that_cannot_be_read_is_there_as_it_came(bool replaced)
    {
        var body = new ScriptedBody(Text);
        if (replaced)
        {
            await body.ReadWholeAsync(Text.Length, default);
            body.ReplaceCoded("other"u8.ToArray());
        }

        var (bytes, decoded, refusal) = await body.ReadReceivedAsync("gzip", Text.Length, default);
        Assert.Equal(Text, bytes);
        Assert.Equal((false, null), (decoded, refusal));
    }

    [Fact]
    public async Task Another_coding_makes_another_text_of_the_same_bytes()
    {
        var body = new ScriptedBody(Gzip(Text));
        Assert.Equal(Text, (await body.ReadDecodedAsync("gzip", Text.Length, default)).Bytes);
        Assert.Equal(Gzip(Text), (await body.ReadDecodedAsync(null, Text.Length, default)).Bytes);
    }

    [Fact]
    public async Task It_streams_past_its_observers_when_nobody_holds_it()
    {
        var body = new ScriptedBody(Text, piece: 777);
        var observer = new BodyPrefix(1000);
        body.Observe(observer);
        using var sent = new MemoryStream();

        await body.CopyToAsync(sent, default);

        Assert.Equal(Text, sent.ToArray());
        Assert.Equal(Text[..1000], observer.Bytes.ToArray());
        Assert.True(body.Consumed);
        Assert.Null(body.InMemory);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
