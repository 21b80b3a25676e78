using System.Net;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>The messages that a SOCKS5 client sends.</summary>
internal static class Socks5ClientMessages
{
    /// <summary>RFC 1929, 2: the length of a name or a password is one byte.</summary>
    public const int MaxCredentialBytes = byte.MaxValue;

    private const byte Connect = 0x01;
    private const byte IPv4Type = 0x01;
    private const byte NameType = 0x03;
    private const byte IPv6Type = 0x04;

    /// <summary>RFC 1928, 3: what the client can do.</summary>
    public static ReadOnlyMemory<byte> Greeting(bool offersCredentials) => offersCredentials
        ? new byte[] { Socks5Messages.Version, 2, (byte)Socks5Method.NoAuthentication, (byte)Socks5Method.Credentials }
        : new byte[] { Socks5Messages.Version, 1, (byte)Socks5Method.NoAuthentication };

    /// <summary>RFC 1929, 2: a name and a password, of at least one byte and at most <see cref="MaxCredentialBytes"/> each.</summary>
    public static byte[] Credentials(string username, string password)
    {
        var (name, word) = (Encoding.UTF8.GetBytes(username), Encoding.UTF8.GetBytes(password));
        return [Socks5Messages.CredentialsVersion, checked((byte)name.Length), .. name, checked((byte)word.Length), .. word];
    }

    /// <summary>RFC 1928, 4: opens a tunnel to an address.</summary>
    public static byte[] Request(IPAddress address, int port)
    {
        var bytes = address.GetAddressBytes();
        return [Socks5Messages.Version, Connect, 0, bytes.Length == 4 ? IPv4Type : IPv6Type, .. bytes, (byte)(port >> 8), (byte)port];
    }

    /// <summary>RFC 1928, 4: opens a tunnel to a host, by its name when it has one.</summary>
    public static byte[] Request(CanonicalHost host, int port)
    {
        if (host.Address is { } address)
        {
            return Request(address, port);
        }

        var name = Encoding.ASCII.GetBytes(host.Text);
        return [Socks5Messages.Version, Connect, 0, NameType, checked((byte)name.Length), .. name, (byte)(port >> 8), (byte)port];
    }
}
