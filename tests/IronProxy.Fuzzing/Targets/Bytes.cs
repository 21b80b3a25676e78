using System.Buffers.Binary;
using System.Text;

namespace IronProxy.Fuzzing.Targets;

/// <summary>Writes seeds.</summary>
internal static class Bytes
{
    public static byte[] Of(string latin1) => Encoding.Latin1.GetBytes(latin1);

    public static IEnumerable<byte[]> OfEach(params string[] texts) => texts.Select(Of);

    public static byte[] Number(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        return bytes;
    }

    public static byte[] Vector8(byte[] data) => [checked((byte)data.Length), .. data];

    public static byte[] Vector16(byte[] data) => [.. Number(data.Length), .. data];
}
