using System.Net;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Fuzzing.Targets;

/// <summary>A question to the DNS server, and the answers that are written to it.</summary>
internal sealed class DnsQueryTarget() : FuzzTarget("dns-query")
{
    public override IEnumerable<byte[]> Seeds =>
    [
        Query("api.example.com", 1, edns: true),
        Query("A.Example", 28, edns: false),
        Query("", 255, edns: true),
        [.. Header(additionals: 0, authorities: 1), .. WireName("a.example"), 0, 251, 0, 1, 0xC0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 0],
    ];

    public override IEnumerable<byte[]> Dictionary =>
        [[0xC0, 12], [0xC0, 0xFF], [0, 1, 0, 1], [0, 28, 0, 1], [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0], [0, 251], [0, 6], [1, (byte)'.'], [63], [64], WireName("b.example")];

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var status = DnsQueryParser.TryParse(input, out var query);
        foreach (var cut in cuts)
        {
            var prefix = DnsQueryParser.TryParse(input.AsSpan(0, cut), out _);
            Require(prefix != ParseStatus.Invalid || status == ParseStatus.Invalid, $"What {cut} bytes cannot begin, more of them are not");
        }

        if (status != ParseStatus.Done)
        {
            return;
        }

        CheckName(query.Name);
        foreach (var code in (DnsResponseCode[])[DnsResponseCode.NoError, DnsResponseCode.NameError, DnsResponseCode.BadVersion])
        {
            CheckResponse(input, query, code);
        }
    }

    /// <summary>What is written to a query is an answer to it, for the reader of answers.</summary>
    private static void CheckResponse(byte[] input, in DnsQuery query, DnsResponseCode code)
    {
        var buffer = new byte[DnsResponseWriter.MinLength];
        var writer = new DnsResponseWriter(buffer, input, query, code) { NegativeTtl = 60 };
        if (code == DnsResponseCode.NoError)
        {
            writer.AddAlias(query.Name, "b.example", 60);
            writer.AddAddress("b.example", IPAddress.Parse("2001:db8::1"), 60);
        }

        var length = writer.Finish();
        Require(length <= buffer.Length, "A response fits its buffer");
        RequireEqual(ParseStatus.Done, DnsResponseParser.TryParse(buffer.AsSpan(0, length), input, out var response), "A response that was written can be read");
        RequireEqual((DnsResponseCode)((int)code & 0x0F), response!.Code, "The response has its code"); // It is there when the status is Done.
        Require(response.IsTruncated || code != DnsResponseCode.NoError || response.Answers is [{ Target: "b.example" }, { Name: var owner }] && owner.Equals("b.example", StringComparison.OrdinalIgnoreCase), "The response has its answers");
    }

    /// <summary>A name that can be written is read as what was written.</summary>
    internal static void CheckName(string name)
    {
        Require(name.All(c => c is > ' ' and < (char)0x7F), $"The text of a name is printable: {name}");
        var wire = new byte[DnsHeader.Length + DnsName.MaxWireLength];
        if (DnsName.TryWrite(name, wire.AsSpan(DnsHeader.Length), out var written))
        {
            var status = DnsName.TryRead(wire.AsSpan(0, DnsHeader.Length + written), DnsHeader.Length, allowPointers: false, out var again, out var length);
            RequireEqual((ParseStatus.Done, name, written), (status, again, length), "A name that was written is read again");
        }
        else
        {
            Require(name.Contains('\\', StringComparison.Ordinal), $"A name without escapes can be written: {name}");
        }
    }

    internal static byte[] Query(string name, int type, bool edns) =>
        [.. Header(additionals: edns ? 1 : 0, authorities: 0), .. WireName(name), .. Bytes.Number(type), 0, 1, .. edns ? [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] : (byte[])[]];

    internal static byte[] WireName(string name) => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => Bytes.Vector8(Bytes.Of(l))), 0];

    private static byte[] Header(int additionals, int authorities) =>
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, .. Bytes.Number(authorities), .. Bytes.Number(additionals)];
}
