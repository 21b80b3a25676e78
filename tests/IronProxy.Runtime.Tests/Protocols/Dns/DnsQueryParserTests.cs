using System.Buffers;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Tests.Protocols.Dns;

public sealed class DnsQueryParserTests
{
    [Fact]
    public void A_query_is_read()
    {
        var message = QueryBytes.Of("Api.OpenAI.com", QueryBytes.Aaaa);
        Assert.Equal(ParseStatus.Done, DnsQueryParser.TryParse(message, out var query));
        Assert.Equal(0x1234, query.Header.Id);
        Assert.Equal("Api.OpenAI.com", query.Name);
        Assert.Equal(DnsType.Aaaa, query.Type);
        Assert.Equal(1, query.Class);
        Assert.False(query.HasEdns);
        Assert.Equal(message[12..], query.Question(message).ToArray());
    }

    [Fact]
    public void An_edns_record_tells_the_udp_size()
    {
        Assert.Equal(ParseStatus.Done, DnsQueryParser.TryParse(QueryBytes.Of("a.example", QueryBytes.A, udpSize: 4096), out var query));
        Assert.True(query.HasEdns);
        Assert.Equal(4096, query.UdpSize);
        Assert.Equal(0, query.EdnsVersion);
    }

    [Fact]
    public void Every_prefix_needs_more()
    {
        byte[] cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] withOptions =
        [
            .. QueryBytes.Header(7, 0x0100, authorities: 1, additionals: 1), .. QueryBytes.Name("a.example"), 0, 251, 0, 1,
            0xC0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 2, 1, 2, .. QueryBytes.Edns(1232, options: cookie),
        ];
        foreach (var message in new[] { QueryBytes.Of("api.openai.com", 1), QueryBytes.Of("", 1), QueryBytes.Of("a.example", 1, 1232), withOptions })
        {
            for (var length = 0; length < message.Length; length++)
            {
                Assert.Equal((length, ParseStatus.NeedMore), (length, DnsQueryParser.TryParse(message.AsSpan(0, length), out _)));
            }

            Assert.Equal(ParseStatus.Done, DnsQueryParser.TryParse(message, out _));
        }
    }

    [Fact]
    public void Other_than_one_plain_question_is_invalid()
    {
        var question = QueryBytes.Of("a.example", 1)[12..];
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, questions: 0)]);
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, questions: 2), .. question, .. question]);
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, answers: 1), .. question]);
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, additionals: 9), .. question]);
        AssertInvalid([.. QueryBytes.Header(1, 0x8100), .. question]);
        AssertInvalid([.. QueryBytes.Header(1, 0x2100), .. question]);
        AssertInvalid([.. QueryBytes.Of("a.example", 1), 0]);
    }

    [Fact]
    public void A_compressed_question_is_invalid() =>
        AssertInvalid([.. QueryBytes.Header(1, 0x0100), 1, (byte)'a', 0xC0, 12, 0, 1, 0, 1]);

    [Fact]
    public void A_second_or_owned_edns_record_is_invalid()
    {
        var question = QueryBytes.Of("a.example", 1)[12..];
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, additionals: 2), .. question, .. QueryBytes.Edns(512), .. QueryBytes.Edns(4096)]);
        AssertInvalid([.. QueryBytes.Header(1, 0x0100, additionals: 1), .. question, 1, (byte)'a', .. QueryBytes.Edns(512)]);
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        EveryCut.SurvivesRandomBytes(QueryBytes.Of("api.openai.com", 1, 1232), buffer =>
        {
            if (DnsQueryParser.TryParse(buffer.ToArray(), out var query) == ParseStatus.Done)
            {
                Assert.InRange(query.Name.Length, 0, 4 * 255);
                Assert.InRange(query.QuestionLength, 5, buffer.Length - 12);
            }
        });

    private static void AssertInvalid(byte[] message) => Assert.Equal(ParseStatus.Invalid, DnsQueryParser.TryParse(message, out _));
}
