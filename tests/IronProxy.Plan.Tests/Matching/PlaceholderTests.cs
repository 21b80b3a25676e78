using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

public sealed class PlaceholderTests
{
    [Fact]
    public void It_is_looked_for_where_the_plan_says()
    {
        var everywhere = Create("tok-1", path: true, query: true);
        var nowhere = Create("tok-1");

        Assert.True(everywhere.InPath("/bottok-1/send"));
        Assert.True(everywhere.InQuery("?key=tok-1"));
        Assert.False(everywhere.InPath("/other"));
        Assert.False(nowhere.InPath("/bottok-1/send"));
        Assert.False(nowhere.InQuery("?key=tok-1"));
    }

    [Fact]
    public void Without_a_list_every_header_is_scanned_but_those_that_route_or_frame()
    {
        var placeholder = Create("tok-1");

        Assert.True(placeholder.InHeader("X-Anything", "a tok-1 b"));
        Assert.False(placeholder.InHeader("X-Anything", "TOK-1"));
        Assert.False(placeholder.InHeader("Host", "tok-1.example.com"));
        Assert.False(placeholder.InHeader("content-length", "tok-1"));
    }

    [Fact]
    public void With_a_list_only_its_headers_are_scanned()
    {
        var placeholder = Create("tok-1", headers: [new HeaderPatternPlan { Name = "x-api-key", At = default }, new HeaderPatternPlan { Regex = "^X-Amz-", At = default }]);

        Assert.True(placeholder.InHeader("X-Api-Key", "tok-1"));
        Assert.True(placeholder.InHeader("x-amz-token", "tok-1"));
        Assert.False(placeholder.InHeader("Authorization", "tok-1"));
    }

    [Theory]
    [InlineData("?a=tok%201&b=tok 1", "?a=s%3D%201&b=s%3D%201")]
    [InlineData("?a=other", "?a=other")]
    public void Both_spellings_are_replaced_by_the_escaped_value(string query, string expected) =>
        Assert.Equal(expected, Create("tok 1", query: true).ReplaceEscaped(query, "s= 1"));

    [Fact]
    public void A_value_that_holds_the_placeholder_is_put_in_once() =>
        Assert.Equal("?a=xtok%201", Create("tok 1", query: true).ReplaceEscaped("?a=tok 1", "xtok 1"));

    [Theory]
    [InlineData("""{"key": "tok-1", "again": "tok-1tok-1"}""", 3)]
    [InlineData("""{"key": "TOK-1"}""", 0)]
    [InlineData("", 0)]
    public void A_body_is_searched_byte_by_byte(string body, int count)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);

        Assert.Equal(count, Create("tok-1", body: true).CountInBody(bytes));
        Assert.Equal(0, Create("tok-1").CountInBody(bytes));
    }

    private static Placeholder Create(string token, HeaderPatternPlan[]? headers = null, bool path = false, bool query = false, bool body = false) =>
        new(new ReplacePlan { ProxyValue = token, Headers = [.. headers ?? []], Body = body, Path = path, Query = query });
}
