using System.Buffers.Binary;

namespace IronProxy.Fuzzing;

/// <summary>Changes inputs a little, at random places: bits, bytes, numbers, blocks, pieces of the dictionary and of other inputs.</summary>
internal sealed class Mutator(Random random, IEnumerable<byte[]> dictionary, int maxLength)
{
    private const int LongestBlock = 64;

    private static readonly int[] Remarkable = [0, 1, 2, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255, 256, 512, 1024, 16384, 16385, 32767, 32768, 65535];

    private readonly byte[][] _dictionary = [.. dictionary];

    /// <summary>A changed copy.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another, of which parts may be taken.</param>
    public byte[] Change(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var changes = 1 << random.Next(5); changes > 0; changes--)
        {
            ChangeOnce(bytes, other);
        }

        if (bytes.Count > maxLength)
        {
            bytes.RemoveRange(maxLength, bytes.Count - maxLength);
        }

        return [.. bytes];
    }

    private void ChangeOnce(List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)random.Next(256));
            return;
        }

        var at = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, LongestBlock), bytes.Count - at);
        switch (random.Next(12))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 3:
                SetNumber(bytes, at, Remarkable[random.Next(Remarkable.Length)]);
                break;
            case 4:
                // A length that is right, or nearly: what stands before the rest of a message often counts it.
                SetNumber(bytes, at, bytes.Count - at - random.Next(1, 9));
                break;
            case 5:
                bytes.RemoveRange(at, length);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 7:
                Overwrite(bytes, at, [.. bytes.GetRange(random.Next(bytes.Count - length + 1), length)]);
                break;
            case 8 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..(from + Math.Min(length, other.Length - from))]);
                break;
            case 9 when other.Length > 0:
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[Math.Min(at, other.Length)..]);
                break;
            case 10 when _dictionary.Length > 0:
                bytes.InsertRange(at, _dictionary[random.Next(_dictionary.Length)]);
                break;
            case 11 when _dictionary.Length > 0:
                Overwrite(bytes, at, _dictionary[random.Next(_dictionary.Length)]);
                break;
            default:
                bytes.Insert(at, (byte)random.Next(256));
                break;
        }
    }

    private void SetNumber(List<byte> bytes, int at, int value)
    {
        Span<byte> number = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)value);
        Overwrite(bytes, at, random.Next(2) == 0 ? number : number[1..]);
    }

    private static void Overwrite(List<byte> bytes, int at, ReadOnlySpan<byte> piece)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            if (at + i < bytes.Count)
            {
                bytes[at + i] = piece[i];
            }
            else
            {
                bytes.Add(piece[i]);
            }
        }
    }
}
