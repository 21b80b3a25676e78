using System.Buffers;
using System.Net.Security;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Tls;
using static IronProxy.Runtime.Tests.Protocols.Tls.ClientHelloBytes;

namespace IronProxy.Runtime.Tests.Protocols.Tls;

public sealed class ClientHelloParserTests
{
    private static ParseStatus Parse(byte[] bytes, out ClientHello? hello) =>
        ClientHelloParser.TryParse(new ReadOnlySequence<byte>(bytes), out hello);

    [Fact]
    public void The_server_name_and_the_protocols_are_read()
    {
        Assert.Equal(ParseStatus.Done, Parse(Typical, out var hello));
        Assert.Equal("api.openai.com", hello!.ServerName);
        Assert.Equal("h2 http/1.1", string.Join(" ", hello.Alpn));
    }

    [Fact]
    public void Neither_has_to_be_there()
    {
        Assert.Equal(ParseStatus.Done, Parse(Record(Message()), out var hello));
        Assert.Null(hello!.ServerName);
        Assert.Empty(hello.Alpn);

        // TLS 1.2 clients may leave out the extensions altogether.
        var bare = Message();
        Assert.Equal(ParseStatus.Done, Parse(Record(MessageOf(bare[4..^2])), out hello));
        Assert.Null(hello!.ServerName);
    }

    [Fact]
    public void Every_prefix_in_every_cut_needs_more() =>
        EveryCut.NeedsMoreUntilComplete(Typical, buffer => ClientHelloParser.TryParse(buffer, out _));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_hello_in_many_small_records_is_put_together(int size)
    {
        var bytes = Records(Message(ServerName("a.example")), size);
        EveryCut.NeedsMoreUntilComplete(bytes, buffer => ClientHelloParser.TryParse(buffer, out _));
        Assert.Equal(ParseStatus.Done, ClientHelloParser.TryParse(EveryCut.Bytewise(bytes), out var hello));
        Assert.Equal("a.example", hello!.ServerName);
    }

    [Fact]
    public void What_the_platforms_own_client_sends_is_read()
    {
        using var wire = new MemoryStream();
        using var tls = new SslStream(new OneWayStream(wire));
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "pypi.org",
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        Assert.ThrowsAny<IOException>(() => tls.AuthenticateAsClient(options));

        Assert.Equal(ParseStatus.Done, Parse(wire.ToArray(), out var hello));
        Assert.Equal("pypi.org", hello!.ServerName);
        Assert.Equal("h2 http/1.1", string.Join(" ", hello.Alpn));
    }

    [Fact]
    public void A_name_that_ends_early_for_readers_in_C_is_invalid() => AssertInvalid(Record(Message(ServerName("good.example\0.evil.example"))));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("ex\u00e4mple.com")]
    public void A_name_that_is_no_printable_ascii_is_invalid(string name) => AssertInvalid(Record(Message(ServerName(name))));

    [Fact]
    public void A_name_longer_than_any_host_is_invalid() => AssertInvalid(Record(Message(ServerName(new string('a', 256)))));

    [Fact]
    public void Two_server_names_are_invalid()
    {
        AssertInvalid(Record(Message(ServerName("a.example"), ServerName("b.example"))));
        byte[] entry = [0, 0, 1, (byte)'a'];
        AssertInvalid(Record(Message(Extension(0, Vector16([.. entry, .. entry])))));
    }

    [Fact]
    public void A_server_name_of_another_kind_is_invalid() =>
        AssertInvalid(Record(Message(Extension(0, Vector16([1, 0, 1, (byte)'a'])))));

    [Fact]
    public void Broken_extensions_are_invalid()
    {
        AssertInvalid(Record(Message(Extension(0, []))));
        AssertInvalid(Record(Message(Extension(0, Vector16([])))));
        AssertInvalid(Record(Message(Extension(16, Vector16([])))));
        AssertInvalid(Record(Message(Extension(16, Vector16([0])))));
        AssertInvalid(Record(Message(Extension(16, Vector16([9, 0])))));
        AssertInvalid(Record(Message(Alpn("h2"), Alpn("http/1.1"))));
        AssertInvalid(Record(Message([0, 0, 0, 9])));
    }

    [Fact]
    public void A_broken_body_is_invalid()
    {
        var body = Message()[4..];
        AssertInvalid(Record(MessageOf(body[..20])));
        AssertInvalid(Record(MessageOf([.. body, 0])));
        AssertInvalid(Record(MessageOf([])));
        AssertInvalid(Record(MessageOf([2, .. body[1..]])));
    }

    [Fact]
    public void Other_records_and_messages_are_invalid_at_their_first_byte()
    {
        AssertInvalid([0x15]);
        AssertInvalid([0x16, 0x02]);
        AssertInvalid([0x16, 0x03, 0x09]);
        AssertInvalid([0x16, 0x03, 0x01, 0x00, 0x10, 0x02]);
    }

    [Fact]
    public void Empty_and_oversized_records_are_invalid()
    {
        AssertInvalid([0x16, 0x03, 0x01, 0x00, 0x00]);
        AssertInvalid([0x16, 0x03, 0x01, 0x40, 0x01]);
    }

    [Fact]
    public void Bytes_behind_the_hello_are_invalid()
    {
        AssertInvalid(Record([.. Message(ServerName("a.example")), 1]));

        // A whole further record is not looked at: its content is no part of the hello.
        Assert.Equal(ParseStatus.Done, Parse([.. Typical, 0x14], out _));
    }

    [Fact]
    public void No_more_than_64_kilobytes_are_waited_for()
    {
        AssertInvalid([0x16, 0x03, 0x01, 0x00, 0x04, 1, 0x01, 0x00, 0x01]);

        var large = Records(MessageOf(new byte[60_000]), 4);
        Assert.Equal(ParseStatus.NeedMore, Parse(large[..(ClientHelloParser.MaxLength - 1)], out _));
        AssertInvalid(large[..ClientHelloParser.MaxLength]);
        AssertInvalid(large);
    }

    /// <summary>RFC 8446, 4.2.1: the versions of TLS 1.3 clients are in an extension.</summary>
    [Theory]
    [InlineData(false, "02 03 03")]
    [InlineData(true, "02 03 04")]
    [InlineData(true, "06 7A 7A 03 04 03 03")]
    [InlineData(false, "04 7A 7A 03 03")]
    [InlineData(false, "02 04 03")]
    public void Tls_1_3_is_offered_among_the_versions(bool offered, string versions)
    {
        Assert.Equal(ParseStatus.Done, Parse(Record(Message(Extension(43, Bytes(versions)))), out var hello));
        Assert.Equal(offered, hello!.OffersTls13);

        // What follows it changes nothing.
        Assert.Equal(ParseStatus.Done, Parse(Record(Message(Extension(43, Bytes(versions)), Alpn("h2"), ServerName("a.example"))), out hello));
        Assert.Equal((offered, "a.example", false), (hello!.OffersTls13, hello.ServerName, hello.HidesServerName));
    }

    [Fact]
    public void Without_versions_it_is_not_offered()
    {
        Assert.Equal(ParseStatus.Done, Parse(Typical, out var hello));
        Assert.False(hello!.OffersTls13);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01 03")]
    [InlineData("03 03 04 03")]
    [InlineData("04 03 04")]
    [InlineData("02 03 04 00")]
    public void Broken_versions_are_invalid(string versions) => AssertInvalid(Record(Message(Extension(43, Bytes(versions)))));

    [Fact]
    public void Versions_that_come_twice_are_invalid() =>
        AssertInvalid(Record(Message(Extension(43, Bytes("02 03 03")), Extension(43, Bytes("02 03 03")))));

    /// <summary>RFC 9849 and its drafts, and what came before them.</summary>
    [Theory]
    [InlineData(false, 0xFE07)]
    [InlineData(true, 0xFE08)]
    [InlineData(true, 0xFE0A)]
    [InlineData(true, 0xFE0D)]
    [InlineData(false, 0xFE0E)]
    [InlineData(true, 0xFF02)]
    [InlineData(false, 0xFF01)]
    [InlineData(true, 0xFFCE)]
    public void A_hidden_server_name_is_seen_wherever_it_stands(bool hides, int type)
    {
        Assert.Equal(ParseStatus.Done, Parse(Record(Message(Extension(type, [1, 2, 3]))), out var hello));
        Assert.Equal(hides, hello!.HidesServerName);

        Assert.Equal(ParseStatus.Done, Parse(Record(Message(Alpn("h2"), Extension(type, []), Extension(10, []))), out hello));
        Assert.Equal(hides, hello!.HidesServerName);

        Assert.Equal(ParseStatus.Done, Parse(Record(Message(Extension(type, []), Extension(type, []))), out hello));
        Assert.Equal(hides, hello!.HidesServerName);
    }

    [Fact]
    public void The_longest_name_is_read()
    {
        Assert.Equal(ParseStatus.Done, Parse(Record(Message(ServerName(new string('a', 255)))), out var hello));
        Assert.Equal(255, hello!.ServerName!.Length);
    }

    /// <summary>A length inside that says less or more than the one outside: two readers could see two names.</summary>
    [Theory]
    [InlineData(0, "00 04 00 00 01 61 00")]
    [InlineData(0, "00 05 00 00 01 61")]
    [InlineData(0, "00 04 00 00 02 61")]
    [InlineData(0, "00 05 00 00 01 61 62")]
    [InlineData(0, "00 03 00 00 00")]
    [InlineData(0, "00 02 00 00")]
    [InlineData(16, "00 03 02 68 32 00")]
    [InlineData(16, "00 04 02 68 32")]
    [InlineData(16, "00 00 00")]
    [InlineData(16, "00")]
    public void Lengths_that_disagree_are_invalid(int type, string data) => AssertInvalid(Record(Message(Extension(type, Bytes(data)))));

    /// <summary>RFC 8446, 4.1.2: a session identifier has up to 32 bytes, suites come in pairs of bytes, and one way of compression is offered.</summary>
    [Theory]
    [InlineData(true, 0, "00 02 13 01", "01 00")]
    [InlineData(true, 32, "00 02 13 01", "01 00")]
    [InlineData(false, 33, "00 02 13 01", "01 00")]
    [InlineData(false, 0, "00 00", "01 00")]
    [InlineData(false, 0, "00 03 13 01 13", "01 00")]
    [InlineData(false, 0, "00 02 13 01", "00")]
    [InlineData(false, 0, "00 02 13 01", "")]
    [InlineData(false, 0, "00 02", "")]
    public void The_fields_before_the_extensions_have_their_lengths(bool valid, int session, string suites, string compressions)
    {
        var message = MessageOf(
            [0x03, 0x03, .. new byte[32], (byte)session, .. new byte[session], .. Bytes(suites), .. Bytes(compressions)]);
        Assert.Equal(valid ? ParseStatus.Done : ParseStatus.Invalid, Parse(Record(message), out _));
    }

    [Fact]
    public void Nothing_behind_the_random_is_invalid()
    {
        AssertInvalid(Record(MessageOf([0x03, 0x03, .. new byte[32]])));
        AssertInvalid(Record(MessageOf([0x03, 0x03, .. new byte[32], 1])));
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        EveryCut.SurvivesRandomBytes(Typical, buffer =>
        {
            if (ClientHelloParser.TryParse(buffer, out var hello) == ParseStatus.Done && hello!.ServerName is { } name)
            {
                Assert.All(name, c => Assert.InRange(c, '!', '~'));
            }
        });

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static void AssertInvalid(byte[] bytes)
    {
        Assert.Equal(ParseStatus.Invalid, Parse(bytes, out var hello));
        Assert.Null(hello);
    }

    /// <summary>Takes what is written, and ends at once when read.</summary>
    private sealed class OneWayStream(Stream written) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => written.Write(buffer, offset, count);
    }
}
