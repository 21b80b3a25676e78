namespace IronProxy.Plan.Tests.Requests;

public sealed class HeaderNameTests
{
    [Theory]
    [InlineData("X-Api-Key", true)]
    [InlineData("a", true)]
    [InlineData("x_y.z~", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a:", false)]
    [InlineData(":authority", false)]
    [InlineData("a\r\nb", false)]
    [InlineData("\u00FC", false)]
    public void A_name_is_a_token(string name, bool expected) => Assert.Equal(expected, HeaderName.IsValid(name));

    [Theory]
    [InlineData("", true)]
    [InlineData("a\tb", true)]
    [InlineData("\u00FC", true)]
    [InlineData("a\nb", false)]
    [InlineData("a\rb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007f", false)]
    [InlineData("a\u001f", false)]
    [InlineData(" ~", true)]
    public void A_value_has_no_control_character_but_the_tab(string value, bool expected) =>
        Assert.Equal(expected, HeaderName.IsValidValue(value));

    [Fact]
    public void On_the_wire_a_character_beyond_ASCII_is_the_bytes_of_its_UTF_8_and_others_are_not_copied()
    {
        const string Ascii = "Bearer x";

        Assert.Equal("t\u00C3\u00B6k", HeaderName.ToWire("t\u00F6k"));
        Assert.Same(Ascii, HeaderName.ToWire(Ascii));
    }

    [Theory]
    [InlineData("x-api-key", "X-Api-Key")]
    [InlineData("X-API-KEY", "X-Api-Key")]
    [InlineData("etag", "Etag")]
    [InlineData("", "")]
    [InlineData("-a-", "-A-")]
    public void The_usual_spelling_has_capitals_behind_hyphens(string name, string expected) =>
        Assert.Equal(expected, HeaderName.Canonical(name));

    [Theory]
    [InlineData("connection", true)]
    [InlineData("keep-alive", true)]
    [InlineData("proxy-connection", true)]
    [InlineData("proxy-authenticate", true)]
    [InlineData("Proxy-Authorization", true)]
    [InlineData("TE", true)]
    [InlineData("trailer", true)]
    [InlineData("transfer-encoding", true)]
    [InlineData("upgrade", true)]
    [InlineData("http2-settings", true)]
    [InlineData("", false)]
    [InlineData("Authorization", false)]
    [InlineData("Host", false)]
    public void Headers_of_one_connection_are_known_in_every_case(string name, bool expected) =>
        Assert.Equal(expected, HeaderName.IsHopByHop(name));

    [Theory]
    [InlineData("host", true)]
    [InlineData("CONTENT-LENGTH", true)]
    [InlineData("transfer-encoding", true)]
    [InlineData("connection", true)]
    [InlineData("te", true)]
    [InlineData("trailer", true)]
    [InlineData("upgrade", true)]
    [InlineData("expect", true)]
    [InlineData("Cookie", false)]
    [InlineData("", false)]
    public void Headers_that_route_and_frame_are_known_in_every_case(string name, bool expected) =>
        Assert.Equal(expected, HeaderName.IsFraming(name));
}
