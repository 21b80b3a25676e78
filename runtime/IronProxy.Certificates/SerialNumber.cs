using System.Security.Cryptography;

namespace IronProxy.Certificates;

/// <summary>Serial numbers of certificates.</summary>
internal static class SerialNumber
{
    private const int Length = 16;

    /// <summary>
    /// Random, so that two proxies which share a CA do not repeat one; positive and at most 20 octets long
    /// (RFC 5280, 4.1.2.2).
    /// </summary>
    public static byte[] Create()
    {
        var serial = RandomNumberGenerator.GetBytes(Length);

        // The highest bit is the sign. The next is set, so that no leading zero shortens the number.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
