using System.Buffers;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Tls;

namespace IronProxy.Fuzzing.Targets;

/// <summary>The first message of a TLS client.</summary>
internal sealed class ClientHelloTarget() : FuzzTarget("client-hello")
{
    private static byte[] Typical { get; } = Message(
        Extension(0, Bytes.Vector16([0, .. Bytes.Vector16(Bytes.Of("api.example.com"))])),
        Extension(16, Bytes.Vector16([.. Bytes.Vector8(Bytes.Of("h2")), .. Bytes.Vector8(Bytes.Of("http/1.1"))])),
        Extension(43, Bytes.Vector8([3, 4, 3, 3])),
        Extension(0xFE0D, [0, 0]));

    public override IEnumerable<byte[]> Seeds =>
    [
        Record(Typical),
        [.. Typical.Chunk(40).SelectMany(Record)],
        Record(Message()),
    ];

    public override IEnumerable<byte[]> Dictionary =>
    [
        [0x16, 3, 1], [3, 3], [0, 0], [0, 16], [0, 43], [0xFE, 0x0D], [0xFF, 0xCE], [0xFF, 0x02], [3, 4], Bytes.Of("h2"), Bytes.Of("http/1.1"),
        Extension(0, Bytes.Vector16([0, .. Bytes.Vector16(Bytes.Of("b.example"))])),
        Extension(16, Bytes.Vector16(Bytes.Vector8(Bytes.Of("h2")))),
        Extension(43, Bytes.Vector8([3, 4])),
    ];

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Parse(CutInput.Whole(input));
        foreach (var pieces in CutInput.Pieces(input, cuts))
        {
            RequireEqual(whole, Parse(pieces), "A ClientHello is read alike however it is cut");
        }

        foreach (var cut in cuts)
        {
            var prefix = Parse(CutInput.Whole(input[..cut]));
            Require(prefix.Status == ParseStatus.NeedMore || prefix == whole, $"What was decided on {cut} bytes holds for more of them");
        }

        if (whole.Status == ParseStatus.Done)
        {
            RequireEqual(FirstBytesKind.Tls, FirstBytes.Classify(CutInput.Whole(input)), "What is a ClientHello begins as TLS");
            Require(whole.Name is null || (whole.Name.Length is > 0 and <= 255 && whole.Name.All(c => c is >= '!' and <= '~')), "A server name is printable");
        }
    }

    private static (ParseStatus Status, string? Name, string? Alpn, bool? Tls13, bool? HidesName) Parse(in ReadOnlySequence<byte> buffer)
    {
        var status = ClientHelloParser.TryParse(buffer, out var hello);
        Require((hello is not null) == (status == ParseStatus.Done), "There is a ClientHello when it is complete, and only then");
        return (status, hello?.ServerName, hello is null ? null : string.Join('\n', hello.Alpn), hello?.OffersTls13, hello?.HidesServerName);
    }

    private static byte[] Record(byte[] fragment) => [0x16, 3, 1, .. Bytes.Vector16(fragment)];

    private static byte[] Extension(int type, byte[] data) => [.. Bytes.Number(type), .. Bytes.Vector16(data)];

    private static byte[] Message(params byte[][] extensions)
    {
        byte[] body =
        [
            3, 3, .. Enumerable.Repeat((byte)0xAA, 32), .. Bytes.Vector8(new byte[32]), .. Bytes.Vector16([0x13, 1, 0x13, 2]), .. Bytes.Vector8([0]),
            .. extensions.Length > 0 ? Bytes.Vector16([.. extensions.SelectMany(e => e)]) : [],
        ];
        return [1, 0, .. Bytes.Vector16(body)];
    }
}
