using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.Tests.Protocols.WebSocket;

public sealed class WebSocketHandshakeTests
{
    // RFC 6455, 1.3.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string Answer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private const string Accepted = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\r\n";

    [Fact]
    public void A_key_has_its_answer() => Assert.Equal(Answer, WebSocketHandshake.AnswerTo(Key));

    [Theory]
    [InlineData(true, Key)]
    [InlineData(true, "AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData(false, null)]
    [InlineData(false, "")]
    [InlineData(false, "AAAAAAAAAAAAAAAAAAAA")]
    [InlineData(false, "AAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData(false, "AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(false, "AAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData(false, "AAAAAAAAAAA AAAAAAAAAAA==")]
    [InlineData(false, "AAAAAAAAAAAAAAAAAAAA-A==")]
    public void A_key_is_sixteen_bytes_in_base64(bool valid, string? text) => Assert.Equal(valid, WebSocketHandshake.IsKey(text));

    [Fact]
    public void Keys_that_are_made_are_keys_and_differ()
    {
        var key = WebSocketHandshake.CreateKey();
        Assert.True(WebSocketHandshake.IsKey(key));
        Assert.NotEqual(key, WebSocketHandshake.CreateKey());
    }

    [Theory]
    [InlineData(true, Accepted)]
    [InlineData(true, "upgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\nSEC-WEBSOCKET-ACCEPT: " + Answer + "\r\n")]
    [InlineData(true, "Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Connection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nConnection: keep-alive\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nConnection: Upgrade\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Key + "\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + Answer + "\u00A0\r\n")]
    [InlineData(false, "Upgrade: websocket\r\nConnection: Upgrade\u0085\r\nSec-WebSocket-Accept: " + Answer + "\r\n")]
    [InlineData(false, Accepted + "Sec-WebSocket-Accept: " + Answer + "\r\n")]
    public void A_response_opens_it_with_the_protocol_the_connection_and_the_answer(bool accepted, string lines)
    {
        var examined = 0;
        var status = Http1ResponseParser.TryParse(
            System.Text.Encoding.Latin1.GetBytes($"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n"), ref examined, out var head, out _);
        Assert.Equal(ParseStatus.Done, status);
        Assert.Equal(accepted, WebSocketHandshake.IsAccepted(head!, Key));
    }
}
