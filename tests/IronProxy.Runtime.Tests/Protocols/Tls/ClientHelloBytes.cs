using System.Buffers.Binary;
using System.Text;

namespace IronProxy.Runtime.Tests.Protocols.Tls;

/// <summary>Builds ClientHello messages by hand, wrong ones too.</summary>
internal static class ClientHelloBytes
{
    public static byte[] Typical { get; } = Record(Message(ServerName("api.openai.com"), Alpn("h2", "http/1.1")));

    /// <summary>One record with the whole message.</summary>
    public static byte[] Record(byte[] message) => [0x16, 0x03, 0x01, .. Vector16(message)];

    /// <summary>Many records with a few bytes each.</summary>
    public static byte[] Records(byte[] message, int size) => [.. message.Chunk(size).SelectMany(Record)];

    public static byte[] Message(params byte[][] extensions) => MessageOf(
        [0x03, 0x03, .. Enumerable.Repeat((byte)0xAA, 32), 0, 0, 2, 0x13, 0x01, 1, 0, .. Vector16([.. extensions.SelectMany(e => e)])]);

    public static byte[] MessageOf(byte[] body) => [1, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    public static byte[] ServerName(string name) => Extension(0, Vector16([0, .. Vector16(Encoding.Latin1.GetBytes(name))]));

    public static byte[] Alpn(params string[] protocols) =>
        Extension(16, Vector16([.. protocols.SelectMany(p => (byte[])[(byte)p.Length, .. Encoding.Latin1.GetBytes(p)])]));

    public static byte[] Extension(int type, byte[] data) => [(byte)(type >> 8), (byte)type, .. Vector16(data)];

    public static byte[] Vector16(byte[] data)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)data.Length));
        return [.. length, .. data];
    }
}
