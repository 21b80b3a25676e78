using System.Buffers;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Tests.Protocols.Socks5;

/// <summary>SOCKS5 from the client's side.</summary>
public sealed class Socks5AnswersTests
{
    [Theory]
    [InlineData("05 00 00 01 c0 00 02 01 01 bb")]
    [InlineData("05 00 00 03 02 61 62 01 bb")]
    [InlineData("05 00 00 03 00 01 bb")]
    [InlineData("05 00 00 04 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01 bb")]
    public void A_reply_needs_all_of_its_bytes_and_says_how_many(string hex)
    {
        var reply = Hex(hex);
        for (var length = 0; length < reply.Length; length++)
        {
            Assert.Equal(ParseStatus.NeedMore, Socks5Answers.TryReadReply(reply.AsSpan(0, length), out _, out var needed));
            Assert.InRange(needed, length + 1, reply.Length);
        }

        Assert.Equal(ParseStatus.Done, Socks5Answers.TryReadReply(reply, out var code, out _));
        Assert.Equal(0, code);
        Assert.Equal(ParseStatus.Invalid, Socks5Answers.TryReadReply([.. reply, 0], out _, out _));
    }

    [Theory]
    [InlineData("05 02", 2)]
    [InlineData("05 05 00 01 00 00 00 00 00 00", 5)]
    public void A_refusal_is_complete_with_its_code(string hex, int expected)
    {
        Assert.Equal(ParseStatus.Done, Socks5Answers.TryReadReply(Hex(hex), out var code, out _));
        Assert.Equal(expected, code);
    }

    [Theory]
    [InlineData("04")]
    [InlineData("48 54")]
    [InlineData("05 00 01")]
    [InlineData("05 00 00 02")]
    [InlineData("05 00 00 00")]
    public void What_is_no_reply_is_seen_at_once(string hex) =>
        Assert.Equal(ParseStatus.Invalid, Socks5Answers.TryReadReply(Hex(hex), out _, out _));

    [Fact]
    public void Random_bytes_never_need_more_than_the_longest_reply_and_never_open_a_tunnel_but_with_code_0()
    {
        EveryCut.SurvivesRandomBytes(Hex("05 00 00 03 02 61 62 01 bb"), sequence =>
        {
            var bytes = sequence.ToArray();
            var status = Socks5Answers.TryReadReply(bytes, out var code, out var needed);
            Assert.True(status != ParseStatus.NeedMore || (needed > bytes.Length && needed <= Socks5Answers.MaxReplyLength));
            Assert.True(status != ParseStatus.Done || (bytes[0] == 5 && bytes[1] == code));
        });
    }

    [Theory]
    [InlineData("05 00", true, Socks5Method.NoAuthentication)]
    [InlineData("05 02", true, Socks5Method.Credentials)]
    [InlineData("05 ff", true, Socks5Method.NoneAcceptable)]
    [InlineData("05 01", false, Socks5Method.NoneAcceptable)]
    [InlineData("04 00", false, Socks5Method.NoneAcceptable)]
    [InlineData("05", false, Socks5Method.NoneAcceptable)]
    public void A_choice_is_one_of_three(string hex, bool valid, object method) // The enumeration is internal.
    {
        Assert.Equal(valid, Socks5Answers.TryReadMethod(Hex(hex), out var chosen));
        Assert.Equal(method, chosen);
    }

    [Theory]
    [InlineData("01 00", true, true)]
    [InlineData("01 01", true, false)]
    [InlineData("05 00", false, true)]
    [InlineData("01", false, false)]
    public void A_verdict_is_0_or_it_is_no(string hex, bool valid, bool accepts)
    {
        Assert.Equal(valid, Socks5Answers.TryReadVerdict(Hex(hex), out var accepted));
        Assert.Equal(accepts, accepted);
    }

    [Fact]
    public void Messages_of_a_client_are_those_of_the_RFCs()
    {
        Assert.Equal(Hex("05 01 00"), Socks5ClientMessages.Greeting(offersCredentials: false).ToArray());
        Assert.Equal(Hex("05 02 00 02"), Socks5ClientMessages.Greeting(offersCredentials: true).ToArray());
        Assert.Equal(Hex("01 01 75 02 c3 a4"), Socks5ClientMessages.Credentials("u", "ä"));
        Assert.Equal(Hex("05 01 00 03 03 61 2e 62 01 bb"), Socks5ClientMessages.Request(Host("a.b"), 443));
        Assert.Equal(Hex("05 01 00 01 c0 00 02 01 00 50"), Socks5ClientMessages.Request(Host("192.0.2.1"), 80));
        Assert.Equal(Hex("05 01 00 04 fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 ff ff"), Socks5ClientMessages.Request(Host("fd00::1"), 65535));
        Assert.Throws<OverflowException>(() => Socks5ClientMessages.Credentials("u", new string('p', 256)));
    }

    private static CanonicalHost Host(string text)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(text, out var host));
        return host;
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
