using System.Text;

namespace IronProxy.Runtime.Tests.Protocols.Dns;

/// <summary>Builds DNS queries by hand, wrong ones too.</summary>
internal static class QueryBytes
{
    public const int A = 1;
    public const int Cname = 5;
    public const int Mx = 15;
    public const int Txt = 16;
    public const int Aaaa = 28;
    public const int Svcb = 64;
    public const int Https = 65;
    public const int Ixfr = 251;
    public const int Axfr = 252;
    public const int Any = 255;

    /// <summary>A query with recursion desired, and an EDNS record when a UDP size is given.</summary>
    public static byte[] Of(string name, int type, int? udpSize = null, int dnsClass = 1, int id = 0x1234) =>
    [
        .. Header(id, 0x0100, additionals: udpSize is null ? 0 : 1), .. Name(name), .. Number(type), .. Number(dnsClass),
        .. udpSize is { } size ? Edns(size) : [],
    ];

    public static byte[] Header(int id, int flags, int questions = 1, int answers = 0, int authorities = 0, int additionals = 0) =>
        [.. Number(id), .. Number(flags), .. Number(questions), .. Number(answers), .. Number(authorities), .. Number(additionals)];

    public static byte[] Edns(int udpSize, int version = 0, byte[]? options = null) =>
        [0, .. Number(41), .. Number(udpSize), 0, (byte)version, 0, 0, .. Number(options?.Length ?? 0), .. options ?? []];

    public static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => Label(Encoding.Latin1.GetBytes(l))), 0];

    public static byte[] Label(byte[] label) => [(byte)label.Length, .. label];

    public static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];
}
