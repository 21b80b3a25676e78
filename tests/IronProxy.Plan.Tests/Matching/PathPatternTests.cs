using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/v1", "/v1", true)]
    [InlineData("/v1", "/v1/", false)]
    [InlineData("/v1", "/V1", false)]
    [InlineData("/v1", "/v1/x", false)]
    [InlineData("/v1", "/x/v1", false)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/x", false)]
    public void A_pattern_without_wildcards_is_the_path(string pattern, string path, bool expected) =>
        AssertMatches(pattern, path, expected);

    [Theory]
    [InlineData("/v1/*", "/v1/x", true)]
    [InlineData("/v1/*", "/v1/x/y/z", true)]
    [InlineData("/v1/*", "/v1/", true)]
    [InlineData("/v1/*", "/v1", true)]
    [InlineData("/v1/*", "/v12", false)]
    [InlineData("/v1/*", "/v", false)]
    [InlineData("/bot*", "/bot", true)]
    [InlineData("/bot*", "/bot12/send", true)]
    [InlineData("/bot*", "/bo", false)]
    [InlineData("/*", "/", true)]
    [InlineData("/*", "/a/b", true)]
    public void A_star_at_the_end_takes_the_rest(string pattern, string path, bool expected) =>
        AssertMatches(pattern, path, expected);

    [Theory]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/a/*/c", "/a/b/b/c", false)]
    [InlineData("/a/*/c", "/a/b/c/d", false)]
    [InlineData("/a/*/c", "/a/c", false)]
    [InlineData("/a*z/c", "/abcz/c", true)]
    [InlineData("/a*z/c", "/ab/z/c", false)]
    [InlineData("/v?", "/v1", true)]
    [InlineData("/v?", "/v", false)]
    [InlineData("/v?", "/v12", false)]
    [InlineData("/v?x", "/v/x", false)]
    [InlineData("/*/b/*", "/a/b/c/d", true)]
    [InlineData("/*/b/*", "/a/b", true)]
    [InlineData("/*/b/*", "/a/b/", true)]
    [InlineData("/*/b/*", "/a/bc", false)]
    [InlineData("/*/b/*", "/a/x/b/c", false)]
    [InlineData("/v?/x*y*", "/v1/xay/z", true)]
    [InlineData("/v?/x*y*", "/v1/xa/yz", false)]
    [InlineData("/v?/bot*", "/v1/bot1/x", true)]
    [InlineData("/v?/bot*", "/v1", false)]
    [InlineData("/*/", "/a/", true)]
    [InlineData("/*/", "/a//b", false)]
    [InlineData("/*/?*", "/a/b/c", true)]
    [InlineData("/*/?*", "/a//b", false)]
    public void Any_other_wildcard_stays_in_its_segment(string pattern, string path, bool expected) =>
        AssertMatches(pattern, path, expected);

    [Theory]
    [InlineData("/%61b", "/ab", true)]
    [InlineData("/%c3%bc", "/%C3%BC", true)]
    [InlineData("/a+b", "/a+b", true)]
    [InlineData("/a.b", "/axb", false)]
    public void Escapes_in_a_pattern_mean_what_they_mean_in_a_path(string pattern, string path, bool expected) =>
        AssertMatches(pattern, path, expected);

    private static void AssertMatches(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new PathPattern(pattern).Matches(path));
}
