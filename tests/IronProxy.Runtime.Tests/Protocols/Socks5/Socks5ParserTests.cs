using System.Buffers;
using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Tests.Protocols.Socks5;

public sealed class Socks5ParserTests
{
    private static readonly byte[] ByName = [5, 1, 0, 3, 11, .. "example.com"u8, 0x01, 0xBB];
    private static readonly byte[] ByIPv4 = [5, 1, 0, 1, 10, 0, 0, 5, 0, 80];
    private static readonly byte[] ByIPv6 = [5, 1, 0, 4, .. IPAddress.Parse("2001:db8::1").GetAddressBytes(), 0, 80];

    [Theory]
    [InlineData(new byte[] { 5, 1, 0 }, true, false)]
    [InlineData(new byte[] { 5, 2, 2, 0 }, true, true)]
    [InlineData(new byte[] { 5, 1, 2 }, false, true)]
    [InlineData(new byte[] { 5, 0 }, false, false)]
    public void The_greeting_offers_no_authentication_and_credentials_or_does_not(byte[] bytes, bool offers, bool offersCredentials)
    {
        EveryCut.NeedsMoreUntilComplete(bytes, buffer => ParseGreeting(buffer, out _, out _));
        byte[] followed = [.. bytes, 5, 1];
        Assert.Equal(ParseStatus.Done, ParseGreeting(new ReadOnlySequence<byte>(followed), out var greeting, out var consumed));
        Assert.Equal((offers, offersCredentials), (greeting.OffersNoAuthentication, greeting.OffersCredentials));
        Assert.Equal(bytes.Length, consumed);
    }

    [Fact]
    public void A_greeting_of_another_version_is_invalid() =>
        Assert.Equal(ParseStatus.Invalid, ParseGreeting(new ReadOnlySequence<byte>([4, 1]), out _, out _));

    [Fact]
    public void Credentials_are_read_in_every_cut_and_shown_by_nothing()
    {
        byte[] bytes = [1, 2, .. "ci"u8, 6, .. "secret"u8];
        EveryCut.NeedsMoreUntilComplete(bytes, buffer => ParseCredentials(buffer, out _));

        Assert.Equal(ParseStatus.Done, ParseCredentials(new ReadOnlySequence<byte>([1, 2, .. "ci"u8, 6, .. "secret"u8, 5, 1]), out var shown));
        Assert.Equal("ci", shown.Username);
        Assert.True(shown.IsPassword("secret"));
        Assert.False(shown.IsPassword("secret "));
        Assert.Equal("***", $"{shown}");
    }

    [Fact]
    public void Credentials_of_another_version_are_invalid_and_those_that_are_no_text_are_nobodys()
    {
        Assert.Equal(ParseStatus.Invalid, ParseCredentials(new ReadOnlySequence<byte>([5, 1]), out _));
        Assert.Equal(ParseStatus.Done, ParseCredentials(new ReadOnlySequence<byte>([1, 1, 0xff, 0]), out var shown));
        Assert.Null(shown.Username);
        Assert.False(shown.IsPassword(""));
    }

    [Fact]
    public void Random_credentials_end() => EveryCut.SurvivesRandomBytes([1, 2, .. "ci"u8, 6, .. "secret"u8], buffer => ParseCredentials(buffer, out _));

    private static ParseStatus ParseCredentials(ReadOnlySequence<byte> buffer, out ShownCredentials credentials)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = Socks5CredentialsParser.TryParse(ref reader, out credentials);
        Assert.Equal(status == ParseStatus.Done, reader.Consumed > 0);
        return status;
    }

    [Fact]
    public void Every_prefix_of_a_request_in_every_cut_needs_more()
    {
        foreach (var bytes in new[] { ByName, ByIPv4, ByIPv6 })
        {
            EveryCut.NeedsMoreUntilComplete(bytes, buffer => ParseRequest(buffer, out _, out _, out _));
        }
    }

    [Fact]
    public void A_request_by_name_is_read()
    {
        var request = ParseDone(ByName);
        Assert.Equal("example.com", request.Host);
        Assert.Null(request.Address);
        Assert.Equal(443, request.Port);
        Assert.Null(request.TryGetHost(out var host));
        Assert.Equal("example.com", host.Text);
    }

    [Fact]
    public void A_request_by_address_is_read()
    {
        var v4 = ParseDone(ByIPv4);
        Assert.Null(v4.Host);
        Assert.Equal(IPAddress.Parse("10.0.0.5"), v4.Address);
        Assert.Null(v4.TryGetHost(out var host));
        Assert.Equal("10.0.0.5", host.Text);

        var v6 = ParseDone(ByIPv6);
        Assert.Equal(IPAddress.Parse("2001:db8::1"), v6.Address);
        Assert.Equal(80, v6.Port);
    }

    [Fact]
    public void A_name_that_is_no_host_is_refused_when_it_becomes_one()
    {
        var request = ParseDone([5, 1, 0, 3, 3, .. "a/b"u8, 0, 80]);
        Assert.Equal(Reason.InvalidHost, request.TryGetHost(out _));
        Assert.Equal(Reason.AmbiguousAddress, ParseDone([5, 1, 0, 3, 5, .. "127.1"u8, 0, 80]).TryGetHost(out _));
    }

    [Theory]
    [InlineData(new byte[] { 4 }, Socks5Reply.GeneralFailure, "malformed_request")]
    [InlineData(new byte[] { 5, 2 }, Socks5Reply.CommandNotSupported, "socks_unsupported")]
    [InlineData(new byte[] { 5, 3 }, Socks5Reply.CommandNotSupported, "socks_unsupported")]
    [InlineData(new byte[] { 5, 1, 1 }, Socks5Reply.GeneralFailure, "malformed_request")]
    [InlineData(new byte[] { 5, 1, 0, 2 }, Socks5Reply.AddressTypeNotSupported, "socks_unsupported")]
    [InlineData(new byte[] { 5, 1, 0, 3, 0 }, Socks5Reply.GeneralFailure, "invalid_host")]
    [InlineData(new byte[] { 5, 1, 0, 3, 3, 0x61, 0, 0x62 }, Socks5Reply.GeneralFailure, "invalid_host")]
    [InlineData(new byte[] { 5, 1, 0, 3, 3, 0x61, 0x0A, 0x62 }, Socks5Reply.GeneralFailure, "invalid_host")]
    [InlineData(new byte[] { 5, 1, 0, 3, 2, 0xC3, 0xA4 }, Socks5Reply.GeneralFailure, "invalid_host")]
    [InlineData(new byte[] { 5, 1, 0, 1, 10, 0, 0, 5, 0, 0 }, Socks5Reply.GeneralFailure, "invalid_port")]
    public void A_request_that_is_not_served_says_why(byte[] bytes, Socks5Reply reply, string reason)
    {
        Assert.Equal(ParseStatus.Invalid, ParseRequest(new ReadOnlySequence<byte>(bytes), out _, out var refusal, out var consumed));
        Assert.Equal(reply, refusal.Reply);
        Assert.Equal(reason, refusal.Reason.Code);
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Bytes_behind_a_request_are_left_for_the_tunnel()
    {
        byte[] bytes = [.. ByName, .. "GET / HTTP/1.1"u8];
        Assert.Equal(ParseStatus.Done, ParseRequest(new ReadOnlySequence<byte>(bytes), out _, out _, out var consumed));
        Assert.Equal(ByName.Length, consumed);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        EveryCut.SurvivesRandomBytes(ByName, buffer =>
        {
            if (ParseRequest(buffer, out var request, out _, out var consumed) == ParseStatus.Done)
            {
                Assert.InRange(consumed, 8, buffer.Length);
                Assert.InRange(request.Port, 1, 65535);
                Assert.True(request.Host is null != request.Address is null);
            }
        });
        EveryCut.SurvivesRandomBytes([5, 3, 0, 1, 2], buffer => ParseGreeting(buffer, out _, out _));
    }

    [Fact]
    public void Messages_to_the_client_are_as_the_RFC_has_them()
    {
        Assert.Equal(new byte[] { 5, 0 }, Socks5Messages.NoAuthentication.ToArray());
        Assert.Equal(new byte[] { 5, 0xFF }, Socks5Messages.NoAcceptableMethod.ToArray());
        foreach (var (reply, code) in new[]
        {
            (Socks5Reply.Succeeded, 0), (Socks5Reply.GeneralFailure, 1), (Socks5Reply.NotAllowed, 2),
            (Socks5Reply.HostUnreachable, 4), (Socks5Reply.CommandNotSupported, 7), (Socks5Reply.AddressTypeNotSupported, 8),
        })
        {
            Assert.Equal(new byte[] { 5, (byte)code, 0, 1, 0, 0, 0, 0, 0, 0 }, Socks5Messages.Reply(reply).ToArray());
        }
    }

    private static Socks5Request ParseDone(byte[] bytes)
    {
        Assert.Equal(ParseStatus.Done, ParseRequest(new ReadOnlySequence<byte>(bytes), out var request, out _, out _));
        return request;
    }

    private static ParseStatus ParseGreeting(ReadOnlySequence<byte> buffer, out Socks5Greeting greeting, out long consumed)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = Socks5GreetingParser.TryParse(ref reader, out greeting);
        consumed = reader.Consumed;
        return status;
    }

    private static ParseStatus ParseRequest(ReadOnlySequence<byte> buffer, out Socks5Request request, out Socks5Refusal refusal, out long consumed)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = Socks5RequestParser.TryParse(ref reader, out request, out refusal);
        consumed = reader.Consumed;
        return status;
    }
}
