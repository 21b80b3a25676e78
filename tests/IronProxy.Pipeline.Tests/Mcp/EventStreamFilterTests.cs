using System.Buffers;
using System.Text;
using IronProxy.Pipeline.Mcp;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Mcp;

/// <summary>Streams of events, cut at every place and at random ones. Data that begins with <c>-</c> is replaced by what is behind it, and <c>!</c> cannot be read.</summary>
public sealed class EventStreamFilterTests
{
    [Theory]
    [InlineData("data: one\n\ndata: -two\n\n", "data: one\n\ndata: two\n\n")]
    [InlineData("data: -one\r\n\r\ndata: two\r\n\r\n", "data: one\n\ndata: two\r\n\r\n")]
    [InlineData("data: -one\r\rdata: two\r\r", "data: one\n\ndata: two\r\n\r\n")]
    [InlineData("data: -one\nid: 7\rdata: two\n\n", "data: one\ndata: two\nid: 7\n\n")]
    [InlineData("event: message\nid: 7\ndata:-one\nretry: 10\n\n", "event: message\nid: 7\ndata: one\nretry: 10\n\n")]
    [InlineData("data: -a\ndata: b\ndata\n\n", "data: a\ndata: b\ndata: \n\n")]
    [InlineData("data:  -kept, for a second blank is data\n\n", "data:  -kept, for a second blank is data\n\n")]
    [InlineData("\uFEFFdata: -one\n\n", "data: one\n\n")]
    [InlineData("data: one\n\n\uFEFFdata: -no field of this name\n\n", "data: one\n\n\uFEFFdata: -no field of this name\n\n")]
    [InlineData(": hello\n\n:\n:data: -x\ndata: -one\n\n", ": hello\n\n:\n:data: -x\ndata: one\n\n")]
    [InlineData("id: 1\ndata:\n\n", "id: 1\ndata:\n\n")]
    [InlineData("id: 1\ndata: \n\nretry: 5\n\n\n\n", "id: 1\ndata: \n\nretry: 5\n\n\n\n")]
    [InlineData("Data: -x\nDATA: -x\n data: -x\n\n", "Data: -x\nDATA: -x\n data: -x\n\n")]
    [InlineData("event: endpoint\ndata: !/messages\n\n", "event: endpoint\ndata: !/messages\n\n")]
    [InlineData("event: other\ndata: -one\n\n", "event: other\ndata: one\n\n")]
    [InlineData("data: -the end is missing", "data: the end is missing\n")]
    [InlineData("data: -the end is missing\n", "data: the end is missing\n")]
    [InlineData("data: \r{\"a\":1}\n\n", "data: \r\n{\"a\":1}\n\n")]
    [InlineData("data: \"a\u2028\u0085b\"\nid: 1\n\n", "data: \"a\\u2028\\u0085b\"\nid: 1\n\n")]
    [InlineData("", "")]
    public void What_comes_out_does_not_depend_on_where_the_stream_is_cut(string stream, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        Assert.Equal(expected, Run([bytes]));
        Assert.Equal(expected, Run([.. bytes.Select(b => new[] { b })]));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(expected, Run([bytes[..cut], bytes[cut..]]));
        }
    }

    [Theory]
    [InlineData("data: !\n\n")]
    [InlineData("event: message\ndata: !\n\n")]
    [InlineData("event:\ndata: !")]
    [InlineData("event: other\nevent\ndata: !\n\n")]
    [InlineData(": x\u2028data: {}\u2028\u2028\n\n")]
    [InlineData("id: 1\u000Cdata: {}\n\n")]
    [InlineData("x\u0085data: {}\n\n")]
    [InlineData("event: other\ndata: !/x\u000Bdata: {}\n\n")]
    public void A_message_that_cannot_be_read_ends_the_stream_behind_those_before_it(string broken)
    {
        var output = new ArrayBufferWriter<byte>();
        var filter = new EventStreamFilter(Replace, 1000, _ => true);

        var e = Assert.Throws<BrokenResponseException>(() =>
        {
            filter.Take(Encoding.UTF8.GetBytes("data: one\n\n" + broken), output);
            filter.End(output);
        });
        Assert.Same(Reason.MalformedMcpResponse, e.Reason);
        Assert.Equal("data: one\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <summary>Some clients do not look at the name of an event. The older transport begins with one whose data is a path.</summary>
    [Theory]
    [InlineData("{\"a\":1,\"a\":2}", true)]
    [InlineData(" [", true)]
    [InlineData("/messages?session=1", false)]
    public void What_begins_as_a_message_is_one_whatever_its_event_is_called(string data, bool refused)
    {
        var filter = new EventStreamFilter(_ => (false, null), 1000, _ => true);

        var e = Record.Exception(() => filter.Take(Encoding.UTF8.GetBytes($"event: endpoint\ndata: {data}\n\n"), new ArrayBufferWriter<byte>()));

        Assert.Equal(refused, e is BrokenResponseException);
    }

    [Fact]
    public void An_event_has_a_limit_and_a_stream_has_none()
    {
        var filter = new EventStreamFilter(Replace, 20, _ => true);
        for (var i = 0; i < 100; i++)
        {
            filter.Take("data: 0123456789\n\n: x\n"u8, new ArrayBufferWriter<byte>());
        }

        Assert.Same(Reason.ResponseTooLarge, Assert.Throws<BrokenResponseException>(() => filter.Take("data: 0123456789\ndata: 01"u8, new ArrayBufferWriter<byte>())).Reason);
        Assert.Same(Reason.BodyMemory, Assert.Throws<BrokenResponseException>(() => new EventStreamFilter(Replace, 20, _ => false).Take("data"u8, new ArrayBufferWriter<byte>())).Reason);
    }

    /// <summary>Comments keep connections open: whoever waits for one must not wait for what follows it.</summary>
    [Fact]
    public void Comments_and_whole_events_go_on_at_once()
    {
        var output = new ArrayBufferWriter<byte>();
        var filter = new EventStreamFilter(Replace, 1000, _ => true);

        filter.Take(": ping\r"u8, output);
        Assert.Equal(": ping\r", Encoding.UTF8.GetString(output.WrittenSpan));
        filter.Take("\ndata: one\n\ndata: t"u8, output);
        Assert.Equal(": ping\r\ndata: one\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <summary>Streams made of what matters in them, against a reader that has the whole stream and splits it by the letter of the standard.</summary>
    [Fact]
    public void Random_streams_are_filtered_as_a_plain_reader_does_it()
    {
        string[] parts = ["data: -a", "data: b", "data:", "data", "data:-", "event: message", "event: x", "id: 1", ": c", ":", "\n", "\r", "\r\n", "\n\n", "\uFEFF", "x", " ", "-"];
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var stream = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)]));
            var bytes = Encoding.UTF8.GetBytes(stream);
            var pieces = new List<byte[]>();
            for (var at = 0; at < bytes.Length;)
            {
                var length = random.Next(1, 6);
                pieces.Add(bytes[at..Math.Min(bytes.Length, at + length)]);
                at += length;
            }

            var filtered = Run([.. pieces]);
            Assert.True(filtered == Run([bytes]), $"cut: {Escaped(stream)}");
            var expected = Events(stream).Select(e => e.Data.StartsWith('-') ? e with { Data = e.Data[1..] } : e).ToArray();
            Assert.True(expected.SequenceEqual(Events(filtered)), $"{Escaped(stream)} became {Escaped(filtered)}");
        }

        static string Escaped(string text) => text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    private static IEnumerable<(string Type, string Id, string Data)> Events(string stream)
    {
        var (type, id, data) = ("", "", (string?)null);
        foreach (var line in (stream.StartsWith('\uFEFF') ? stream[1..] : stream).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n').Append(""))
        {
            if (line.Length == 0)
            {
                if (data is not null)
                {
                    yield return (type, id, data);
                }

                (type, data) = ("", null);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = colon < 0 ? "" : line[(colon + 1)..];
            value = value.StartsWith(' ') ? value[1..] : value;
            switch (colon < 0 ? line : line[..colon])
            {
                case "data":
                    data = data is null ? value : $"{data}\n{value}";
                    break;
                case "event":
                    type = value;
                    break;
                case "id":
                    id = value;
                    break;
            }
        }
    }

    private static string Run(byte[][] pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        var filter = new EventStreamFilter(Replace, 1000, _ => true);
        foreach (var piece in pieces)
        {
            filter.Take(piece, output);
        }

        filter.End(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static (bool Readable, byte[]? Replacement) Replace(ReadOnlyMemory<byte> data) =>
        data.Span[0] == '-' ? (true, data[1..].ToArray()) : (data.Span[0] != '!', null);
}
