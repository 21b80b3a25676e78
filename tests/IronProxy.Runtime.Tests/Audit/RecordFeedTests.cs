using System.Buffers;
using System.Text;
using IronProxy.Runtime.Audit;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Audit;

public class RecordFeedTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_reader_has_each_record_from_when_it_began()
    {
        var feed = new RecordFeed();
        feed.Offer("zero"u8);
        using var first = feed.TryOpen()!;
        feed.Offer("one"u8);
        using var second = feed.TryOpen()!;
        feed.Offer("two"u8);

        Assert.Equal("one\ntwo\n", await ReadAsync(first));
        Assert.Equal("two\n", await ReadAsync(second));
    }

    [Fact]
    public void A_place_is_free_again_once_its_reader_has_gone()
    {
        var feed = new RecordFeed();
        var readers = Enumerable.Range(0, RecordFeed.MaxReaders).Select(_ => feed.TryOpen()!).ToArray();
        Assert.All(readers, Assert.NotNull);
        Assert.Null(feed.TryOpen());

        readers[3].Dispose();
        Assert.NotNull(feed.TryOpen());
        Assert.Null(feed.TryOpen());
    }

    [Fact]
    public async Task What_a_reader_does_not_take_is_bounded_and_counted_where_it_is_missing_and_costs_another_nothing()
    {
        var feed = new RecordFeed();
        using var slow = feed.TryOpen()!;
        using var quick = feed.TryOpen()!;
        var line = Encoding.ASCII.GetBytes(new string('x', RecordReader.MaxBytes / 4));
        for (var i = 0; i < 7; i++)
        {
            feed.Offer(line);
            Assert.Equal(line.Length + 1, (await ReadAsync(quick)).Length);
        }

        Assert.Equal(line.Length + 1, (await ReadAsync(slow, enough: 1)).Length);
        feed.Offer("later"u8);
        var rest = (await ReadAsync(slow)).Split('\n');
        Assert.Equal([line.Length, line.Length, line.Length], rest[..3].Select(l => l.Length));
        Assert.Equal("""{"time":"2026-11-30T12:00:00+00:00","level":"warn","msg":"records were left out here: they came faster than they were read","count":3}""", rest[3]);
        Assert.Equal(["later", ""], rest[4..]);
    }

    [Fact]
    public async Task A_record_that_is_larger_than_the_room_is_told_when_nothing_else_waits()
    {
        var feed = new RecordFeed();
        using var reader = feed.TryOpen()!;
        var large = Encoding.ASCII.GetBytes(new string('x', RecordReader.MaxBytes + 1));
        feed.Offer(large);
        Assert.Equal(large.Length + 1, (await ReadAsync(reader)).Length);

        feed.Offer("small"u8);
        feed.Offer(large);
        Assert.Contains("\"count\":1}", await ReadAsync(reader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_at_the_end_is_told_without_another_record()
    {
        var feed = new RecordFeed();
        using var reader = feed.TryOpen()!;
        feed.Offer(new byte[RecordReader.MaxBytes]);
        feed.Offer("missing"u8);

        Assert.EndsWith("\"count\":1}\n", await ReadAsync(reader), StringComparison.Ordinal);
        feed.Offer("next"u8);
        Assert.Equal("next\n", await ReadAsync(reader));
    }

    [Fact]
    public async Task A_record_is_told_as_it_is_written_and_without_what_stands_before_it()
    {
        var feed = new RecordFeed();
        using var reader = feed.TryOpen()!;
        using var output = new MemoryStream();
        await using (var sink = new LineSink(output, TimeProvider.System))
        {
            var log = new AuditLog(new JsonAuditSink(sink, TimeProvider.System, feed), TimeProvider.System, static () => "hash", static _ => { });
            log.CountUnrecorded(log.Begin());
            Assert.True(await log.AdmitAsync());
            log.Write(log.Begin());
        }

        var written = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal(written[(written.IndexOf('\n', StringComparison.Ordinal) + 1)..], await ReadAsync(reader));
    }

    private static async Task<string> ReadAsync(RecordReader reader, int enough = int.MaxValue)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        await reader.WaitAsync(limit.Token);
        var lines = new ArrayBufferWriter<byte>();
        reader.Read(lines, enough, Now);
        return Encoding.UTF8.GetString(lines.WrittenSpan);
    }
}
