namespace IronProxy.Plan.Tests.Requests;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/", "/", "", "/")]
    [InlineData("/v1/Chat", "/v1/Chat", "", "/v1/Chat")]
    [InlineData("/a?b=c?d", "/a", "?b=c?d", "/a")]
    [InlineData("/a?", "/a", "?", "/a")]
    [InlineData("/%61%2D%7e", "/%61%2D%7e", "", "/a-~")]
    [InlineData("/%c3%bc%20", "/%c3%bc%20", "", "/%C3%BC%20")]
    [InlineData("/a//b", "/a//b", "", "/a//b")]
    [InlineData("/a%2fb", "/a%2fb", "", "/a%2Fb")]
    [InlineData("/a/./b/.", "/a/./b/.", "", "/a/./b/.")]
    [InlineData("/[a]|^`{b}\"", "/[a]|^`{b}\"", "", "/[a]|^`{b}\"")]
    [InlineData("/a?100%&%zz=%u0041<\">", "/a", "?100%&%zz=%u0041<\">", "/a")]
    [InlineData("/a.b/.c/d.", "/a.b/.c/d.", "", "/a.b/.c/d.")]
    [InlineData("/a;x=1", "/a;x=1", "", "/a;x=1")]
    [InlineData("/a?q=../%2f%2e\\", "/a", "?q=../%2f%2e\\", "/a")]
    [InlineData("/a?q=%0a%00", "/a", "?q=%0a%00", "/a")]
    [InlineData("/%25", "/%25", "", "/%25")]
    [InlineData("/%2541", "/%2541", "", "/%2541")]
    [InlineData("/%255s", "/%255s", "", "/%255s")]
    [InlineData("/%2ewell-known/a%2eb/c%2e", "/%2ewell-known/a%2eb/c%2e", "", "/.well-known/a.b/c.")]
    public void The_path_is_kept_byte_for_byte_and_matched_without_needless_escapes(string raw, string path, string query, string matchPath)
    {
        Assert.Null(RequestTarget.TryCreate(raw, out var target));
        Assert.Equal(path, target.Path);
        Assert.Equal(query, target.Query);
        Assert.Equal(matchPath, target.MatchPath);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("?a")]
    [InlineData("http://example.com/")]
    public void A_target_begins_with_a_slash(string raw) =>
        Assert.Same(Reason.UnsupportedTarget, RequestTarget.TryCreate(raw, out _));

    [Theory]
    [InlineData("/a b")]
    [InlineData("/a\tb")]
    [InlineData("/a\0")]
    [InlineData("/ü")]
    [InlineData("/a#b")]
    [InlineData("/a?b#c")]
    [InlineData("/a?b c")]
    [InlineData("/a?ü")]
    [InlineData("/%")]
    [InlineData("/%4")]
    [InlineData("/%zz")]
    [InlineData("/a<b")]
    [InlineData("/a>b")]
    [InlineData("/%00")]
    [InlineData("/%0a")]
    [InlineData("/%0D")]
    public void Characters_and_escapes_that_do_not_belong_are_refused(string raw) =>
        Assert.Same(Reason.InvalidPath, RequestTarget.TryCreate(raw, out _));

    [Theory]
    [InlineData("/..")]
    [InlineData("/a/../b")]
    [InlineData("/a/..")]
    [InlineData("/%2e")]
    [InlineData("/%2e%2E/a")]
    [InlineData("/.%2e/a")]
    [InlineData("/a/..;x=1/b")]
    [InlineData("/a/.;/b")]
    [InlineData("/..?x")]
    [InlineData("/a/%2e/b")]
    [InlineData("/a%2F%2e%2fb")]
    [InlineData("/./%2e")]
    public void Dot_segments_are_refused_in_every_notation(string raw) =>
        Assert.Same(Reason.DotSegment, RequestTarget.TryCreate(raw, out _));

    [Theory]
    [InlineData("/a\\b")]
    [InlineData("/a%5cb")]
    [InlineData("/..%2fa")]
    [InlineData("/a%2F..")]
    [InlineData("/a%252fb")]
    [InlineData("/a%255Cb")]
    [InlineData("/%252e%252e/a")]
    [InlineData("/a%2525252e")]
    [InlineData("/a%2525252fb")]
    [InlineData("/%25%32%66")]
    [InlineData("/a%252")]
    public void Separators_and_dots_that_are_hidden_in_escapes_are_refused(string raw)
    {
        var reason = RequestTarget.TryCreate(raw, out var target);

        // A half of a second escape is none; every whole one must be found, however deep.
        if (raw == "/a%252")
        {
            Assert.Null(reason);
            Assert.Equal("/a%252", target.MatchPath);
            return;
        }

        Assert.Same(Reason.EncodedSeparator, reason);
    }

    [Theory]
    [InlineData("/%41%2f", "/A%2F")]
    [InlineData("/%", "/%")]
    [InlineData("/%4", "/%4")]
    [InlineData("/%zz", "/%zz")]
    [InlineData("/a", "/a")]
    public void Only_unreserved_characters_are_decoded(string path, string expected) =>
        Assert.Equal(expected, RequestTarget.DecodeUnreserved(path));

    [Fact]
    public void A_path_without_escapes_is_not_copied()
    {
        const string Path = "/v1/Chat";

        Assert.Same(Path, RequestTarget.DecodeUnreserved(Path));
    }
}
