using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace IronProxy.Runtime.Protocols.Tls;

/// <summary>Reads the fields of a complete ClientHello message, behind its handshake header.</summary>
internal static class ClientHelloBody
{
    private const int ServerNameExtension = 0;
    private const int AlpnExtension = 16;
    private const int VersionsExtension = 43;
    private const int EncryptedHelloExtension = 0xFE0D;
    private const int FirstEncryptedHelloDraft = 0xFE08;
    private const int OldEncryptedHelloDraft = 0xFF02;
    private const int EncryptedServerNameDraft = 0xFFCE;
    private const ushort Tls13 = 0x0304;
    private const byte HostNameType = 0;
    private const int MaxNameLength = 255;

    public static bool TryRead(ReadOnlySpan<byte> body, out ClientHello? hello)
    {
        hello = null;
        const int versionAndRandom = 2 + 32;
        if (body.Length < versionAndRandom || body[0] != 3)
        {
            return false;
        }

        var rest = body[versionAndRandom..];
        if (!TryTakeVector8(ref rest, out var sessionId) || sessionId.Length > 32
            || !TryTakeVector16(ref rest, out var cipherSuites) || cipherSuites.IsEmpty || cipherSuites.Length % 2 != 0
            || !TryTakeVector8(ref rest, out var compressions) || compressions.IsEmpty)
        {
            return false;
        }

        string? serverName = null;
        ImmutableArray<string>? alpn = null;
        bool? offersTls13 = null;
        var hidesName = false;
        if (!rest.IsEmpty && (!TryTakeVector16(ref rest, out var extensions) || !rest.IsEmpty || !TryReadExtensions(extensions, ref serverName, ref alpn, ref offersTls13, ref hidesName)))
        {
            return false;
        }

        hello = new ClientHello(serverName, alpn ?? [], offersTls13 == true, hidesName);
        return true;
    }

    private static bool TryReadExtensions(
        ReadOnlySpan<byte> extensions, ref string? serverName, ref ImmutableArray<string>? alpn, ref bool? offersTls13, ref bool hidesName)
    {
        while (!extensions.IsEmpty)
        {
            if (!TryTakeUInt16(ref extensions, out var type) || !TryTakeVector16(ref extensions, out var data))
            {
                return false;
            }

            // RFC 8446, 4.2: an extension comes once. A second server name could be the one that another reader sees.
            if (type == ServerNameExtension && (serverName is not null || !TryReadServerName(data, out serverName)))
            {
                return false;
            }

            if (type == AlpnExtension)
            {
                if (alpn is not null || !TryReadAlpn(data, out var protocols))
                {
                    return false;
                }

                alpn = protocols;
            }

            if (type == VersionsExtension)
            {
                if (offersTls13 is not null || !TryReadVersions(data, out var offered))
                {
                    return false;
                }

                offersTls13 = offered;
            }

            hidesName |= type is (>= FirstEncryptedHelloDraft and <= EncryptedHelloExtension) or OldEncryptedHelloDraft or EncryptedServerNameDraft;
        }

        return true;
    }

    private static bool TryReadServerName(ReadOnlySpan<byte> data, out string? name)
    {
        name = null;
        if (!TryTakeVector16(ref data, out var list) || !data.IsEmpty
            || list.IsEmpty || list[0] != HostNameType)
        {
            return false;
        }

        list = list[1..];
        if (!TryTakeVector16(ref list, out var host) || !list.IsEmpty || host.IsEmpty || host.Length > MaxNameLength)
        {
            return false;
        }

        // A NUL or a control byte would end the name early for readers in C.
        if (host.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return false;
        }

        name = Encoding.ASCII.GetString(host);
        return true;
    }

    private static bool TryReadAlpn(ReadOnlySpan<byte> data, out ImmutableArray<string> protocols)
    {
        protocols = [];
        if (!TryTakeVector16(ref data, out var list) || !data.IsEmpty || list.IsEmpty)
        {
            return false;
        }

        var builder = ImmutableArray.CreateBuilder<string>();
        while (!list.IsEmpty)
        {
            if (!TryTakeVector8(ref list, out var protocol) || protocol.IsEmpty)
            {
                return false;
            }

            // Latin-1 keeps the bytes of the reserved values (RFC 8701) apart.
            builder.Add(Encoding.Latin1.GetString(protocol));
        }

        protocols = builder.ToImmutable();
        return true;
    }

    private static bool TryReadVersions(ReadOnlySpan<byte> data, out bool offersTls13)
    {
        offersTls13 = false;
        if (!TryTakeVector8(ref data, out var versions) || !data.IsEmpty || versions.IsEmpty)
        {
            return false;
        }

        while (!versions.IsEmpty)
        {
            if (!TryTakeUInt16(ref versions, out var version))
            {
                return false;
            }

            offersTls13 |= version == Tls13;
        }

        return true;
    }

    private static bool TryTakeVector8(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (bytes.IsEmpty || bytes.Length < 1 + bytes[0])
        {
            return false;
        }

        vector = bytes.Slice(1, bytes[0]);
        bytes = bytes[(1 + vector.Length)..];
        return true;
    }

    private static bool TryTakeVector16(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (!TryTakeUInt16(ref bytes, out var length) || bytes.Length < length)
        {
            return false;
        }

        vector = bytes[..length];
        bytes = bytes[length..];
        return true;
    }

    private static bool TryTakeUInt16(ref ReadOnlySpan<byte> bytes, out int value)
    {
        value = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        bytes = bytes[2..];
        return true;
    }
}
