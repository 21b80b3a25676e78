using System.Buffers;
using System.Net;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Protocols.Dns;

public sealed class DnsResponseTests
{
    private static readonly byte[] Query = QueryBytes.Of("api.openai.com", QueryBytes.A);

    /// <summary>An alias and an address, with the compression that servers use.</summary>
    private static readonly byte[] Typical =
    [
        .. QueryBytes.Header(0x1234, 0x8180, answers: 2), .. Query[12..],
        0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 6, 3, .. "cdn"u8, 0xC0, 16,
        0xC0, 44, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2, 7,
    ];

    [Fact]
    public void Addresses_and_aliases_are_read()
    {
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(Typical, Query, out var response));
        Assert.Equal(DnsResponseCode.NoError, response!.Code);
        Assert.Equal(2, response.Answers.Length);
        Assert.Equal(new DnsRecord("api.openai.com", DnsType.Cname, 60, null, "cdn.openai.com"), response.Answers[0]);
        Assert.Equal(new DnsRecord("cdn.openai.com", DnsType.A, 256, IPAddress.Parse("192.0.2.7"), null), response.Answers[1]);
    }

    /// <summary>RFC 2308, 5: the lesser of the record's life and the zone's minimum.</summary>
    [Theory]
    [InlineData(300, 60, 60)]
    [InlineData(20, 60, 20)]
    [InlineData(300, int.MinValue, 0)]
    public void The_zone_says_how_long_a_lack_of_answers_holds(int ttl, int minimum, int expected)
    {
        byte[] response =
        [
            .. QueryBytes.Header(0x1234, 0x8183, authorities: 1), .. Query[12..],
            0xC0, 16, 0, 6, 0, 1, .. Long(ttl), 0, 24, 0xC0, 16, 0xC0, 16, .. new byte[16], .. Long(minimum),
        ];
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(response, Query, out var read));
        Assert.Equal((DnsResponseCode.NameError, (uint)expected), (read!.Code, read.NegativeTtl));

        // Cut off there, the answer is as good, and is not kept.
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(response.AsSpan(0, response.Length - 1), Query, out read));
        Assert.Equal((DnsResponseCode.NameError, 0u), (read!.Code, read.NegativeTtl));

        static byte[] Long(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
    }

    [Fact]
    public void Every_prefix_needs_more()
    {
        for (var length = 0; length < Typical.Length; length++)
        {
            Assert.Equal((length, ParseStatus.NeedMore), (length, DnsResponseParser.TryParse(Typical.AsSpan(0, length), Query, out _)));
        }
    }

    [Fact]
    public void An_answer_to_another_question_is_invalid()
    {
        AssertInvalid(Typical, QueryBytes.Of("api.openai.com", QueryBytes.A, id: 0x1235));
        AssertInvalid(Typical, QueryBytes.Of("api.openai.org", QueryBytes.A));
        AssertInvalid(Typical, QueryBytes.Of("api.openai.com", QueryBytes.Aaaa));
        AssertInvalid(Typical, QueryBytes.Of("api.openai.com", QueryBytes.A, dnsClass: 3));

        // 0x41 and 0x61 are types here, and no letters.
        byte[] https = [.. QueryBytes.Header(0x1234, 0x8180), .. QueryBytes.Of("a.example", 0x41)[12..]];
        AssertInvalid(https, QueryBytes.Of("a.example", 0x61));
    }

    [Fact]
    public void The_question_may_change_its_letter_case() =>
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(Typical, QueryBytes.Of("API.openai.COM", QueryBytes.A), out _));

    [Fact]
    public void A_query_is_no_answer() => AssertInvalid(Query, Query);

    [Fact]
    public void A_truncated_answer_says_so_and_its_records_are_not_read()
    {
        byte[] cut = [.. QueryBytes.Header(0x1234, 0x8380, answers: 9), .. Query[12..], 0xC0];
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(cut, Query, out var response));
        Assert.True(response!.IsTruncated);
        Assert.Empty(response.Answers);
    }

    [Fact]
    public void Broken_records_are_invalid()
    {
        byte[] head = [.. QueryBytes.Header(0x1234, 0x8180, answers: 1), .. Query[12..]];
        AssertInvalid([.. head, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 3, 1, 2, 3], Query);
        AssertInvalid([.. head, 0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4], Query);
        AssertInvalid([.. head, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 0xC0, 12, 0], Query);
        AssertInvalid([.. head, 0xC0, 32, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4], Query);
        AssertInvalid([.. QueryBytes.Header(0x1234, 0x8180, answers: 257), .. Query[12..]], Query);
    }

    [Fact]
    public void Records_of_other_types_and_classes_are_left_out()
    {
        byte[] message =
        [
            .. QueryBytes.Header(0x1234, 0x8180, answers: 2), .. Query[12..],
            0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 3, 2, (byte)'h', (byte)'i',
            0xC0, 12, 0, 1, 0, 3, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4,
        ];
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(message, Query, out var response));
        Assert.Empty(response!.Answers);
    }

    [Fact]
    public void A_negative_ttl_is_zero()
    {
        byte[] message = [.. QueryBytes.Header(0x1234, 0x8180, answers: 1), .. Query[12..], 0xC0, 12, 0, 1, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 4, 1, 2, 3, 4];
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(message, Query, out var response));
        Assert.Equal(0u, response!.Answers[0].Ttl);
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        EveryCut.SurvivesRandomBytes(Typical, buffer =>
        {
            if (DnsResponseParser.TryParse(buffer.ToArray(), Query, out var response) == ParseStatus.Done)
            {
                Assert.InRange(response!.Answers.Length, 0, 256);
            }
        });

    [Fact]
    public void A_query_of_our_own_can_be_read_back()
    {
        var buffer = new byte[DnsQueryWriter.MaxLength];
        var length = DnsQueryWriter.Write(buffer, 77, "api.openai.com", DnsType.Aaaa);
        Assert.Equal(ParseStatus.Done, DnsQueryParser.TryParse(buffer.AsSpan(0, length), out var query));
        Assert.Equal(("api.openai.com", DnsType.Aaaa, 77, 1232), (query.Name, query.Type, query.Header.Id, query.UdpSize));
        Assert.Throws<ArgumentException>(() => DnsQueryWriter.Write(buffer, 77, "a..b", DnsType.A));
    }

    [Fact]
    public void A_response_echoes_the_question_and_points_to_it()
    {
        var written = Write(QueryBytes.Of("API.openai.com", QueryBytes.A), 512, DnsResponseCode.NoError, (ref writer) =>
        {
            writer.AddAlias("api.openai.com", "cdn.example", 60);
            writer.AddAddress("CDN.example", IPAddress.Parse("192.0.2.7"), 30);
        });
        byte[] expected =
        [
            .. QueryBytes.Header(0x1234, 0x8180, answers: 2), .. QueryBytes.Of("API.openai.com", 1)[12..],
            0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 13, .. QueryBytes.Name("cdn.example"),
            0xC0, 44, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 7,
        ];
        Assert.Equal(expected, written);
    }

    [Fact]
    public void A_query_with_edns_gets_its_record_back()
    {
        var written = Write(QueryBytes.Of("a.example", 1, udpSize: 4096), 512, DnsResponseCode.BadVersion, (ref _) => { });
        Assert.Equal(QueryBytes.Header(0x1234, 0x8180, additionals: 1), written[..12]);
        Assert.Equal([0, 0, 41, 0x04, 0xD0, 1, 0, 0, 0, 0, 0], written[^11..]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4096)]
    public void What_does_not_fit_becomes_a_truncated_response_without_answers(int? edns)
    {
        var query = QueryBytes.Of("a.example", 1, edns);
        void Fill(int count, ref DnsResponseWriter writer)
        {
            for (var i = 0; i < count; i++)
            {
                writer.AddAddress("a.example", IPAddress.Loopback, 60);
            }
        }

        // 512 bytes hold the head, the question and thirty records of sixteen, and with EDNS one less.
        var fits = edns is null ? 30 : 29;
        var whole = Write(query, 512, DnsResponseCode.NoError, (ref writer) => Fill(fits, ref writer));
        Assert.Equal(QueryBytes.Number(fits), whole[6..8]);
        Assert.Equal(0x81, whole[2]);

        var cut = Write(query, 512, DnsResponseCode.NoError, (ref writer) => Fill(fits + 1, ref writer));
        Assert.Equal(QueryBytes.Number(0), cut[6..8]);
        Assert.Equal(0x83, cut[2]);
        Assert.Equal(query.Length, cut.Length);
    }

    [Fact]
    public void A_target_that_cannot_be_written_makes_a_failure()
    {
        var written = Write(Query, 512, DnsResponseCode.NoError, (ref writer) =>
        {
            writer.AddAddress("api.openai.com", IPAddress.Loopback, 60);
            writer.AddAlias("api.openai.com", @"a\000b.example", 60);
        });
        Assert.Equal(2, written[3] & 0x0F);
        Assert.Equal(Query.Length, written.Length);
    }

    /// <summary>The SOA record of the root: three empty names and five numbers (RFC 1035, 3.3.13), of which the last is how long a lack holds (RFC 2308, 3).</summary>
    private static readonly byte[] Negative =
        [0, 0, 6, 0, 1, 0, 0, 0, 30, 0, 22, 0, 0, 0, 0, 0, 1, 0, 0, 0, 30, 0, 0, 0, 30, 0, 0, 0, 30, 0, 0, 0, 30];

    [Theory]
    [InlineData(DnsResponseCode.NoError)]
    [InlineData(DnsResponseCode.NameError)]
    public void How_long_a_lack_holds_is_said_by_the_root(DnsResponseCode code)
    {
        var written = WriteNegative(Query, 512, code, (ref _) => { });
        Assert.Equal([.. QueryBytes.Header(0x1234, 0x8180 | (int)code, authorities: 1), .. Query[12..], .. Negative], written);
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(written, Query, out var read));
        Assert.Equal(30u, read!.NegativeTtl);
    }

    [Fact]
    public void An_alias_that_ends_nowhere_is_a_lack_too()
    {
        var written = WriteNegative(Query, 512, DnsResponseCode.NoError, (ref writer) => writer.AddAlias("api.openai.com", "cdn.example", 60));
        Assert.Equal(QueryBytes.Header(0x1234, 0x8180, answers: 1, authorities: 1), written[..12]);
        Assert.Equal(Negative, written[^Negative.Length..]);
    }

    [Theory]
    [InlineData(QueryBytes.A)]
    [InlineData(QueryBytes.Any)]
    public void Where_something_is_found_nothing_is_said_of_a_lack(int type)
    {
        var query = QueryBytes.Of("a.example", type);
        var written = WriteNegative(query, 512, DnsResponseCode.NoError, (ref writer) =>
        {
            writer.AddAddress("a.example", IPAddress.Loopback, 60);
            writer.AddAlias("a.example", "b.example", 60);
        });
        Assert.Equal(QueryBytes.Header(0x1234, 0x8180, answers: 2), written[..12]);
    }

    [Fact]
    public void Another_type_than_the_one_asked_for_is_a_lack()
    {
        var written = WriteNegative(QueryBytes.Of("a.example", QueryBytes.Aaaa), 512, DnsResponseCode.NoError, (ref writer) => writer.AddAddress("a.example", IPAddress.Loopback, 60));
        Assert.Equal(QueryBytes.Header(0x1234, 0x8180, answers: 1, authorities: 1), written[..12]);
    }

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    [InlineData(DnsResponseCode.NotImplemented)]
    public void A_failure_is_no_lack(DnsResponseCode code) =>
        Assert.Equal(QueryBytes.Header(0x1234, 0x8180 | (int)code), WriteNegative(Query, 512, code, (ref _) => { })[..12]);

    /// <summary>It goes without when there is no room, and never at the cost of EDNS.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(4096)]
    public void A_lack_is_said_as_long_as_there_is_room(int? edns)
    {
        // Head and question have 27 bytes, the record has 33, that of EDNS 11, and an alias to this name 16.
        var query = QueryBytes.Of("a.example", QueryBytes.A, edns);
        for (var count = 25; count <= 30; count++)
        {
            var length = 27 + (count * 16) + (edns is null ? 0 : 11);
            if (length > 512)
            {
                break;
            }

            var written = WriteNegative(query, 512, DnsResponseCode.NoError, (ref writer) =>
            {
                for (var i = 0; i < count; i++)
                {
                    writer.AddAlias("a.example", "bb", 60);
                }
            });
            var fits = length + Negative.Length <= 512;
            Assert.Equal((count, fits ? length + Negative.Length : length), (count, written.Length));
            Assert.Equal(QueryBytes.Header(0x1234, 0x8180, answers: count, authorities: fits ? 1 : 0, additionals: edns is null ? 0 : 1), written[..12]);
        }
    }

    [Fact]
    public void What_was_cut_off_says_nothing_of_a_lack()
    {
        var written = WriteNegative(QueryBytes.Of("a.example", QueryBytes.A), 512, DnsResponseCode.NoError, (ref writer) =>
        {
            for (var i = 0; i < 40; i++)
            {
                writer.AddAlias("a.example", "b.example", 60);
            }
        });
        Assert.Equal(QueryBytes.Header(0x1234, 0x8380), written[..12]);
    }

    [Fact]
    public void A_record_may_fill_the_response_to_its_last_byte()
    {
        void Fill(int last, ref DnsResponseWriter writer)
        {
            for (var i = 0; i < 29; i++)
            {
                writer.AddAddress("a.example", IPAddress.Loopback, 60);
            }

            writer.AddAlias("a.example", new string('b', last), 60);
        }

        // An alias has 12 bytes and its name two more than characters: 512 - 27 - 29 * 16 = 21.
        var query = QueryBytes.Of("a.example", QueryBytes.A);
        Assert.Equal(512, Write(query, 512, DnsResponseCode.NoError, (ref writer) => Fill(7, ref writer)).Length);
        Assert.Equal(27, Write(query, 512, DnsResponseCode.NoError, (ref writer) => Fill(8, ref writer)).Length);
    }

    [Fact]
    public void Addresses_of_both_families_are_written()
    {
        byte[] expected =
        [
            .. QueryBytes.Header(0x1234, 0x8180, answers: 1), .. QueryBytes.Of("a.example", QueryBytes.Aaaa)[12..],
            0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ];
        Assert.Equal(expected, Write(QueryBytes.Of("a.example", QueryBytes.Aaaa), 512, DnsResponseCode.NoError, (ref writer) => writer.AddAddress("a.example", IPAddress.Parse("2001:db8::1"), 60)));
    }

    [Fact]
    public void Other_owners_are_written_out()
    {
        byte[] expected =
        [
            .. QueryBytes.Header(0x1234, 0x8180, answers: 2), .. Query[12..],
            0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, (byte)'b', 0,
            1, (byte)'c', 0, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 7,
        ];
        Assert.Equal(expected, Write(Query, 512, DnsResponseCode.NoError, (ref writer) =>
        {
            writer.AddAlias("api.openai.com", "b", 60);
            writer.AddAddress("c", IPAddress.Parse("192.0.2.7"), 30);
        }));
    }

    [Fact]
    public void A_small_buffer_is_a_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(Query, DnsResponseWriter.MinLength - 1, DnsResponseCode.NoError, (ref _) => { }));
        Assert.Equal(Query.Length, Write(Query, DnsResponseWriter.MinLength, DnsResponseCode.NoError, (ref _) => { }).Length);
    }

    [Fact]
    public void An_owner_that_cannot_be_written_makes_a_failure()
    {
        var written = Write(Query, 512, DnsResponseCode.NoError, (ref writer) => writer.AddAddress("a..b", IPAddress.Loopback, 60));
        Assert.Equal(QueryBytes.Header(0x1234, 0x8182), written[..12]);
    }

    [Fact]
    public void A_query_that_cannot_be_sent_has_no_response() =>
        Assert.Throws<ArgumentException>(() => DnsResponseParser.TryParse(Typical, Query.AsSpan(0, 20), out _));

    [Fact]
    public void A_response_without_question_has_just_the_head()
    {
        var buffer = new byte[12];
        Assert.True(DnsHeader.TryRead(QueryBytes.Header(9, 0x2910), out var head));
        Assert.Equal(12, DnsResponseWriter.WriteHeaderOnly(buffer, head, DnsResponseCode.NotImplemented));
        Assert.Equal(QueryBytes.Header(9, 0xA994, questions: 0), buffer);
    }

    [Fact]
    public void The_scripted_upstream_and_the_parser_agree()
    {
        var record = ScriptedDnsRecord.Alias("a.example", "b.example", 5);
        byte[] message = [.. QueryBytes.Header(0x1234, 0x8180, answers: 1), .. Query[12..], .. QueryBytes.Name("a.example"), 0, 5, 0, 1, 0, 0, 0, 5, 0, 11, .. record.Data];
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(message, Query, out var response));
        Assert.Equal("b.example", response!.Answers[0].Target);
    }

    private delegate void Fill(ref DnsResponseWriter writer);

    private static byte[] Write(byte[] message, int size, DnsResponseCode code, Fill fill) => Write(message, size, code, negativeTtl: 0, fill);

    private static byte[] WriteNegative(byte[] message, int size, DnsResponseCode code, Fill fill) => Write(message, size, code, negativeTtl: 30, fill);

    private static byte[] Write(byte[] message, int size, DnsResponseCode code, uint negativeTtl, Fill fill)
    {
        Assert.Equal(ParseStatus.Done, DnsQueryParser.TryParse(message, out var query));
        var buffer = new byte[size];
        var writer = new DnsResponseWriter(buffer, message, query, code) { NegativeTtl = negativeTtl };
        fill(ref writer);
        return buffer[..writer.Finish()];
    }

    private static void AssertInvalid(byte[] message, byte[] query)
    {
        Assert.Equal(ParseStatus.Invalid, DnsResponseParser.TryParse(message, query, out var response));
        Assert.Null(response);
    }
}
