using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.WebSockets;

namespace IronProxy.Runtime.Tests.WebSockets;

/// <summary>Frames on their way through what inspects messages. What goes on is read by .NET's own WebSocket.</summary>
public sealed class FrameRelayTests : IDisposable
{
    private const int Limit = 200;

    private readonly ProxyMetrics _metrics = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Messages_of_a_client_are_whole_for_the_steps_however_they_come()
    {
        byte[] bytes = [
            .. Client(0x01, "se"), .. Client(0x89, "ping"), .. Client(0x00, ""), .. Client(0x80, "cret"), .. Client(0x82, "secret"),
            .. Client(0x81, ""), .. Client(0x81, "other"), .. Client(0x88, "\u0003\u00e8bye")];
        foreach (var cut in Cuts(bytes.Length))
        {
            using var frames = Sent(Messages(sent: new Doubled()), 1000);
            var (output, refusal) = await RelayAsync(frames, bytes, cut);
            Assert.Null(refusal);
            Assert.Equal(["Text:secretsecret", "Binary:secretsecret", "Text:", "Text:otherother", "Close:bye"], await ReadAsync(output, isServer: true));
        }
    }

    [Fact]
    public async Task Messages_of_an_upstream_go_on_while_they_come()
    {
        byte[] bytes = [.. Server(0x01, "ab"), .. Server(0x8A, "pong"), .. Server(0x00, "c"), .. Server(0x80, "d"), .. Server(0x82, "xyz"), .. Server(0x81, ""), .. Server(0x88, "\u0003\u00e8abc")];
        foreach (var cut in Cuts(bytes.Length))
        {
            var (output, refusal) = await RelayAsync(new ReceivedFrames(Messages(received: new Upper())), bytes, cut);
            Assert.Null(refusal);
            Assert.Equal(["Text:ABCD", "Binary:XYZ", "Text:", "Close:ABC"], await ReadAsync(output, isServer: false));
        }
    }

    [Fact]
    public async Task Nothing_waits_for_the_end_of_a_message_that_nobody_needs_whole()
    {
        using var sent = Sent(Messages(), 1000);
        var (up, _) = await RelayAsync(sent, Client(0x81, new string('a', 1000))[..500], 500);
        Assert.InRange(up.Length, 490, 520);
        Assert.Equal(0, _metrics.HoldBody(0));

        var (down, _) = await RelayAsync(new ReceivedFrames(Messages(received: new Upper())), Server(0x81, new string('a', 1000))[..500], 500);
        Assert.InRange(down.Length, 490, 520);
    }

    [Theory]
    [InlineData(0x80, "")] // A continuation of nothing.
    [InlineData(0x00, "a")]
    [InlineData(0xC1, "a")] // As with permessage-deflate.
    [InlineData(0x83, "a")]
    public async Task What_is_no_message_ends_it(byte first, string payload)
    {
        using var sent = Sent(Messages(sent: new Doubled()), 1000);
        Assert.Equal(CloseCode.ProtocolError, (await RelayAsync(sent, Client(first, payload), 3)).Refusal);
        Assert.Equal(CloseCode.ProtocolError, (await RelayAsync(new ReceivedFrames(Messages()), Server(first, payload), 3)).Refusal);
    }

    [Fact]
    public async Task A_message_begins_behind_the_one_before()
    {
        using var sent = Sent(Messages(), 1000);
        Assert.Equal(CloseCode.ProtocolError, (await RelayAsync(sent, [.. Client(0x01, "a"), .. Client(0x81, "b")], 100)).Refusal);
    }

    [Fact]
    public async Task A_message_that_is_held_has_a_limit_and_a_place_in_memory()
    {
        using (var sent = Sent(Messages(sent: new Doubled()), 1000))
        {
            Assert.Null((await RelayAsync(sent, Client(0x81, new string('a', Limit)), 64)).Refusal);
            Assert.Equal(0, _metrics.HoldBody(0)); // It has gone on.
            Assert.Equal(CloseCode.MessageTooBig, (await RelayAsync(sent, [.. Client(0x01, new string('a', Limit)), .. Client(0x80, "a")], 1000)).Refusal);
            Assert.Equal(Limit, _metrics.HoldBody(0));
        }

        Assert.Equal(0, _metrics.HoldBody(0)); // And when it does not, it is given back in the end.
        using var crowded = Sent(Messages(sent: new Doubled()), 10);
        Assert.Equal(CloseCode.InternalError, (await RelayAsync(crowded, Client(0x81, new string('a', 11)), 1000)).Refusal);
    }

    [Theory]
    [InlineData("t")] // One byte is no code.
    [InlineData("the-real-value")] // Its first two are none either, and the rest would come without them.
    [InlineData("\u0003\u00ee")] // 1006 is never sent.
    public async Task A_close_has_a_code(string payload) =>
        Assert.Equal(CloseCode.ProtocolError, (await RelayAsync(new ReceivedFrames(Messages(received: new Upper())), Server(0x88, payload), 3)).Refusal);

    [Fact]
    public async Task Nothing_comes_behind_a_close()
    {
        var (output, refusal) = await RelayAsync(new ReceivedFrames(Messages()), [.. Server(0x88, ""), .. Server(0x81, "more")], 100);
        Assert.Equal(CloseCode.ProtocolError, refusal);
        Assert.Equal(["Close:"], await ReadAsync(output, isServer: false));
    }

    [Fact]
    public async Task A_message_that_is_held_has_so_long_to_be_whole()
    {
        var time = new ManualTime();
        using var sent = new SentFrames(Messages(sent: new Doubled()), new BufferedBodies(1000, _metrics), TimeSpan.FromMinutes(1), time);
        Assert.Null(sent.TimeLeft);
        await RelayAsync(sent, Client(0x01, "a"), 100);
        time.Advance(TimeSpan.FromSeconds(40));
        await RelayAsync(sent, Client(0x00, "b"), 100);
        Assert.Equal(TimeSpan.FromSeconds(20), sent.TimeLeft);
        time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(TimeSpan.Zero, sent.TimeLeft);
        await RelayAsync(sent, Client(0x80, "c"), 100);
        Assert.Null(sent.TimeLeft);
    }

    [Fact]
    public async Task What_a_step_refuses_ends_it()
    {
        using var sent = Sent(Messages(sent: new Refusing(Reason.SecretOverPlaintext)), 1000);
        Assert.Equal(CloseCode.PolicyViolation, (await RelayAsync(sent, Client(0x81, "a"), 100)).Refusal);
        using var larger = Sent(Messages(sent: new Refusing(Reason.BodyTooLarge)), 1000);
        Assert.Equal(CloseCode.MessageTooBig, (await RelayAsync(larger, Client(0x81, "a"), 100)).Refusal);
    }

    [Fact]
    public async Task Another_policy_reads_from_the_next_message_on()
    {
        var frames = new ReceivedFrames(Messages(received: new Upper()));
        var (first, _) = await RelayAsync(frames, Server(0x01, "a"), 100);
        frames.Newest = Messages();
        var (rest, _) = await RelayAsync(frames, [.. Server(0x80, "b"), .. Server(0x81, "c")], 100);
        Assert.Equal(["Text:AB", "Text:c"], await ReadAsync([.. first, .. rest], isServer: false));
    }

    [Fact]
    public async Task Random_frames_end_in_messages_or_in_an_error()
    {
        var random = new Random(20261130);
        for (var round = 0; round < 3000; round++)
        {
            byte[] bytes = [.. Client(0x01, "ab"), .. Client(0x80, "cd"), .. Client(0x81, new string('x', 130))];
            for (var faults = random.Next(4); faults > 0; faults--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var cuts = new List<(byte[] Output, CloseCode? Refusal)>();
            foreach (var cut in new[] { 1, 7, bytes.Length })
            {
                using var sent = Sent(Messages(sent: new Doubled()), 1000);
                var (output, refusal) = await RelayAsync(sent, [.. bytes], cut);
                cuts.Add((Unmask(output), refusal));
            }

            Assert.All(cuts, c => Assert.Equal(cuts[0], c, (a, b) => a.Refusal == b.Refusal && a.Output.AsSpan().SequenceEqual(b.Output)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Both_sides_are_told_why_it_ends(bool isServer)
    {
        using var sent = Sent(Messages(), 1000);
        var output = new ArrayBufferWriter<byte>();
        (isServer ? sent : (FrameRelay)new ReceivedFrames(Messages())).WriteClose(CloseCode.MessageTooBig, output);
        using var socket = WebSocket.CreateFromStream(new OneWay(output.WrittenSpan.ToArray()), new WebSocketCreationOptions { IsServer = isServer });
        var received = await socket.ReceiveAsync(new byte[10], CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, received.CloseStatus);
    }

    private SentFrames Sent(WebSocketMessages messages, long memory) => new(messages, new BufferedBodies(memory, _metrics), TimeSpan.FromMinutes(1), TimeProvider.System);

    private static IEnumerable<int> Cuts(int length) => [1, 2, 3, 5, 8, 13, length];

    private static WebSocketMessages Messages(ISentMessages? sent = null, IReceivedMessages? received = null)
    {
        var messages = new WebSocketMessages(Limit);
        if (sent is not null)
        {
            messages.Add(sent);
        }

        if (received is not null)
        {
            messages.Add(received);
        }

        return messages;
    }

    private static async Task<(byte[] Output, CloseCode? Refusal)> RelayAsync(FrameRelay frames, byte[] bytes, int cut)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in bytes.Chunk(cut))
        {
            if (await frames.TakeAsync(piece, output, CancellationToken.None) is { } refusal)
            {
                return (output.WrittenSpan.ToArray(), refusal);
            }

            frames.Written();
        }

        return (output.WrittenSpan.ToArray(), null);
    }

    /// <summary>A frame of a client: with its length in the shortest way, and a mask.</summary>
    private static byte[] Client(byte first, string payload)
    {
        var bytes = Encoding.Latin1.GetBytes(payload);
        byte[] mask = [0x11, 0x22, 0x33, 0x44];
        return [first, .. Length(bytes.Length, 0x80), .. mask, .. bytes.Select((b, i) => (byte)(b ^ mask[i % 4]))];
    }

    private static byte[] Server(byte first, string payload) => [first, .. Length(payload.Length, 0), .. Encoding.Latin1.GetBytes(payload)];

    private static byte[] Length(int length, byte mask) => length < 126 ? [(byte)(mask | length)] : [(byte)(mask | 126), (byte)(length >> 8), (byte)length];

    /// <summary>Frames with their payload in the clear and a mask of zeros, to be compared.</summary>
    private static byte[] Unmask(byte[] frames)
    {
        var plain = new List<byte>();
        for (var at = 0; at < frames.Length;)
        {
            FrameHeader.TryParse(frames.AsSpan(at), masked: true, out var header, out var size);
            var payload = frames.AsSpan(at + size, (int)header.Length).ToArray();
            FrameHeader.ApplyMask(payload, header.Mask!.Value, 0); // They are a client's.
            plain.AddRange([frames[at], .. payload]);
            at += size + payload.Length;
        }

        return [.. plain];
    }

    private static async Task<string[]> ReadAsync(byte[] frames, bool isServer)
    {
        using var socket = WebSocket.CreateFromStream(new OneWay(frames), new WebSocketCreationOptions { IsServer = isServer });
        var messages = new List<string>();
        var buffer = new byte[4096];
        var text = new StringBuilder();
        while (socket.State == WebSocketState.Open)
        {
            WebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            }
            catch (WebSocketException e) when (e.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
            {
                break; // There is no more, and no close frame.
            }

            if (received.MessageType == WebSocketMessageType.Close)
            {
                messages.Add($"Close:{received.CloseStatusDescription}");
                break;
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, received.Count));
            if (received.EndOfMessage)
            {
                messages.Add($"{received.MessageType}:{text}");
                text.Clear();
            }
        }

        return [.. messages];
    }

    private sealed class Doubled : ISentMessages
    {
        public ValueTask<(byte[]? Changed, Reason? Refusal)> RunAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellation) =>
            new((message.IsEmpty ? null : [.. message.Span, .. message.Span], null));
    }

    private sealed class Refusing(Reason reason) : ISentMessages
    {
        public ValueTask<(byte[]? Changed, Reason? Refusal)> RunAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellation) => new((null, reason));
    }

    /// <summary>Holds each last byte back until it knows that more comes.</summary>
    private sealed class Upper : IReceivedMessages
    {
        private byte? _held;

        public void Begin(bool isText) => _held = null;

        public void Take(ReadOnlySpan<byte> piece, bool isLast, ArrayBufferWriter<byte> output)
        {
            foreach (var value in piece)
            {
                Pass(output);
                _held = value;
            }

            if (isLast)
            {
                Pass(output);
            }
        }

        public void Replace(Span<byte> text)
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = Raised(text[i]);
            }
        }

        private static byte Raised(byte value) => value is >= (byte)'a' and <= (byte)'z' ? (byte)(value - 32) : value;

        private void Pass(ArrayBufferWriter<byte> output)
        {
            if (_held is { } held)
            {
                output.Write([Raised(held)]);
                _held = null;
            }
        }
    }

    /// <summary>Is read to its end; what is written goes nowhere.</summary>
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
