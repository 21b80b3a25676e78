using System.Buffers;

namespace IronProxy.Fuzzing;

/// <summary>An input in the pieces in which a network can deliver it.</summary>
internal static class CutInput
{
    private const int LongestOfBytes = 256;

    public static ReadOnlySequence<byte> Whole(byte[] input) => new(input);

    /// <summary>In two pieces for each cut, and byte by byte when it is short.</summary>
    public static IEnumerable<ReadOnlySequence<byte>> Pieces(byte[] input, IReadOnlyList<int> cuts)
    {
        foreach (var cut in cuts)
        {
            yield return Join([input.AsMemory(0, cut), input.AsMemory(cut)]);
        }

        if (input.Length is > 0 and <= LongestOfBytes)
        {
            yield return Join([.. Enumerable.Range(0, input.Length).Select(i => input.AsMemory(i, 1))]);
        }
    }

    private static ReadOnlySequence<byte> Join(ReadOnlyMemory<byte>[] parts)
    {
        var first = new Segment(parts[0], null);
        var last = first;
        foreach (var part in parts.AsSpan(1))
        {
            last = new Segment(part, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> bytes, Segment? before)
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
