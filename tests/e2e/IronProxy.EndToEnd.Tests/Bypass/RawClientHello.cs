using System.Buffers.Binary;
using System.Text;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>The first message of a TLS 1.2 handshake, with any bytes for a server name: TLS libraries refuse to send odd ones.</summary>
internal static class RawClientHello
{
    /// <summary>Makes the record.</summary>
    /// <param name="serverName">The server name; empty for none.</param>
    /// <param name="suites">The cipher suites; null for two that every server has.</param>
    /// <param name="more">More extensions, with their types and lengths.</param>
    /// <param name="recordSize">How many bytes of the message a record has; null for one record.</param>
    public static byte[] Create(string serverName, byte[]? suites = null, byte[]? more = null, int? recordSize = null)
    {
        byte[] name = serverName.Length == 0 ? [] : Extension(0, Sized(2, [0, .. Sized(2, Encoding.Latin1.GetBytes(serverName))]));
        byte[] extensions =
        [
            .. name,
            .. more ?? [],
            .. Extension(10, Sized(2, [0x00, 0x17])), // Supported groups: secp256r1.
            .. Extension(11, Sized(1, [0x00])), // Point formats: uncompressed.
            .. Extension(13, Sized(2, [0x04, 0x03, 0x04, 0x01])), // Signatures: ECDSA and RSA with SHA-256.
        ];
        byte[] body =
        [
            0x03, 0x03,
            .. Enumerable.Repeat((byte)0x5A, 32),
            .. Sized(1, []), // Session.
            .. Sized(2, suites ?? [0xC0, 0x2B, 0xC0, 0x2F]), // ECDHE with AES-128-GCM.
            .. Sized(1, [0x00]), // Compression: none.
            .. Sized(2, extensions),
        ];
        byte[] message = [0x01, .. Sized(3, body)];
        return [.. message.Chunk(recordSize ?? message.Length).SelectMany(part => (byte[])[0x16, 0x03, 0x01, .. Sized(2, part)])];
    }

    private static byte[] Extension(ushort type, byte[] content) => [(byte)(type >> 8), (byte)type, .. Sized(2, content)];

    private static byte[] Sized(int width, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length[^width..], .. content];
    }
}
