using System.Buffers;
using IronProxy.Runtime.Protocols;

namespace IronProxy.Runtime.Tests.Protocols;

/// <summary>Feeds messages to parsers in every way that a network can deliver them.</summary>
internal static class EveryCut
{
    /// <summary>Every prefix needs more, and the whole is done: in one segment, in two with every cut, and byte by byte.</summary>
    public static void NeedsMoreUntilComplete(byte[] message, Func<ReadOnlySequence<byte>, ParseStatus> parse)
    {
        for (var length = 0; length <= message.Length; length++)
        {
            var expected = length == message.Length ? ParseStatus.Done : ParseStatus.NeedMore;
            for (var cut = 0; cut <= length; cut++)
            {
                Assert.Equal((length, cut, expected), (length, cut, parse(Segments(message[..cut], message[cut..length]))));
            }

            Assert.Equal((length, expected), (length, parse(Bytewise(message[..length]))));
        }
    }

    /// <summary>Random bytes, and valid messages with random faults. Returning at all is what is asked; the callback asserts the rest.</summary>
    public static void SurvivesRandomBytes(byte[] valid, Action<ReadOnlySequence<byte>> parse, int rounds = 20_000)
    {
        var random = new Random(20261121);
        for (var i = 0; i < rounds; i++)
        {
            byte[] bytes;
            if (i % 4 == 0)
            {
                bytes = new byte[random.Next(0, 600)];
                random.NextBytes(bytes);
            }
            else
            {
                bytes = [.. valid];
                for (var faults = random.Next(1, 5); faults > 0; faults--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }
            }

            var cut = random.Next(bytes.Length + 1);
            parse(Segments(bytes[..cut], bytes[cut..]));
        }
    }

    public static ReadOnlySequence<byte> Bytewise(byte[] bytes) => Segments([.. bytes.Select(b => new[] { b })]);

    public static ReadOnlySequence<byte> Segments(params byte[][] parts)
    {
        if (parts.Length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new Segment(parts[0], null);
        var last = first;
        foreach (var part in parts.Skip(1))
        {
            last = new Segment(part, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
