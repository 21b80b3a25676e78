using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Fuzzing.Targets;

/// <summary>The answer of a name server to a question of ours.</summary>
internal sealed class DnsResponseTarget() : FuzzTarget("dns-response")
{
    private static readonly byte[] Question = DnsQueryTarget.Query("api.example.com", 1, edns: true);

    public override IEnumerable<byte[]> Seeds =>
    [
        Response(0x8180, answers: 2, 0, [0xC0, 12, .. Record(5, DnsQueryTarget.WireName("b.example")), .. DnsQueryTarget.WireName("b.example"), .. Record(1, [192, 0, 2, 1])]),
        Response(0x8180, answers: 1, 0, [0xC0, 12, .. Record(5, [1, (byte)'c', 0xC0, 16])]),
        Response(0x8183, answers: 0, 1, [0, .. Record(6, [0, 0, .. new byte[16], 0, 0, 0, 60])]),
        Response(0x8380, answers: 0, 0, []),
        Response(0x8180, answers: 1, 0, [0xC0, 12, .. Record(28, new byte[16])]),
    ];

    public override IEnumerable<byte[]> Dictionary =>
    [
        [0xC0, 12], [0xC0, 16], [0xC0, 0], [0, 1, 0, 1], [0, 5, 0, 1], [0, 28, 0, 1], [0, 6, 0, 1], [0x81, 0x80], [0x83, 0x80], [0xFF, 0xFF, 0xFF, 0xFF],
        [0xC0, 12, .. Record(1, [192, 0, 2, 2])], [0xC0, 12, .. Record(5, DnsQueryTarget.WireName("c.example"))],
    ];

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var status = DnsResponseParser.TryParse(input, Question, out var response);
        Require((response is not null) == (status == ParseStatus.Done), "There is a response when it is complete, and only then");
        foreach (var cut in cuts)
        {
            var prefix = DnsResponseParser.TryParse(input.AsSpan(0, cut), Question, out _);
            Require(prefix != ParseStatus.Invalid || status == ParseStatus.Invalid, $"What {cut} bytes cannot begin, more of them are not");
        }

        foreach (var answer in response?.Answers ?? [])
        {
            Require(answer.Ttl <= int.MaxValue, "A lifetime is not negative");
            Require(answer.Type == DnsType.Cname ? answer.Target is not null && answer.Address is null : answer.Address is not null && answer.Target is null, "An answer is an address or an alias");
            DnsQueryTarget.CheckName(answer.Name);
            if (answer.Target is { } target)
            {
                DnsQueryTarget.CheckName(target);
            }
        }
    }

    private static byte[] Response(int flags, int answers, int authorities, byte[] records)
    {
        var question = Question[DnsHeader.Length..^11];
        return [0x12, 0x34, .. Bytes.Number(flags), 0, 1, .. Bytes.Number(answers), .. Bytes.Number(authorities), 0, 0, .. question, .. records];
    }

    private static byte[] Record(int type, byte[] data) => [.. Bytes.Number(type), 0, 1, 0, 0, 0, 60, .. Bytes.Vector16(data)];
}
