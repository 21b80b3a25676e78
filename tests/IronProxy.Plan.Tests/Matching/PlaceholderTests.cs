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
    public void A_placeholder_that_needs_no_escaping_has_one_spelling()
    {
        var placeholder = Create("tok-1", query: true);

        Assert.Equal("?a=s%3D%201", placeholder.ReplaceEscaped("?a=tok-1", "s= 1"));
        Assert.Equal("?a=s%3D%201".Length, placeholder.LengthEscaped("?a=tok-1", "s%3D%201".Length));
    }

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

        Assert.Equal(count, Create("tok-1", body: true).CountInBody(bytes, BodyFormat.Raw));
        Assert.Equal(0, Create("tok-1").CountInBody(bytes, BodyFormat.Raw));
    }

    [Theory]
    [InlineData("Basic", "user:tok-1", "user:sécret")]
    [InlineData("basic", "tok-1:", "sécret:")]
    [InlineData("BASIC", "bücher:tok-1tok-1", "bücher:sécretsécret")]
    public void It_is_found_inside_Basic_credentials(string scheme, string credentials, string swapped)
    {
        var (placeholder, value) = (Create("tok-1"), Basic(scheme, credentials));

        Assert.True(placeholder.InHeader("authorization", value));
        Assert.False(placeholder.IsPlainIn(value));
        Assert.Equal(Basic(scheme, swapped), placeholder.ReplaceInHeader("authorization", value, "sécret"));
        Assert.InRange(placeholder.LengthInHeader("authorization", value, 7), Basic(scheme, swapped).Length, value.Length + Basic(scheme, swapped).Length);
        Assert.False(placeholder.InHeader("X-Other", value));
        Assert.False(Create("tok-1", headers: [new HeaderPatternPlan { Name = "X-Other", At = default }]).InHeader("Authorization", value));
    }

    [Theory]
    [InlineData("Basic ")]
    [InlineData("Basic dXNlcjp0b2st MQ==")]
    [InlineData("Basic dXNlcjp0b2stMQ")]
    [InlineData("Basic dXNlcjp0b2stMQ==, Basic dXNlcjp0b2stMQ==")]
    [InlineData("Basic ?")]
    [InlineData("Basic dXNlcjpvdGhlcg==")]
    [InlineData("Bearer dXNlcjp0b2stMQ==")]
    public void What_is_no_base64_of_it_stays_as_it_is(string value)
    {
        Assert.False(Create("tok-1").InHeader("Authorization", value));
        Assert.Equal(value, Create("tok-1").ReplaceInHeader("Authorization", value, "secret"));
        Assert.Equal(value.Length, Create("tok-1").LengthInHeader("Authorization", value, 100));
    }

    [Fact]
    public void A_placeholder_beyond_ASCII_is_found_as_the_bytes_that_clients_send()
    {
        var placeholder = Create("tök-1");

        Assert.Equal("a secret", placeholder.ReplaceInHeader("X-Key", "a tÃ¶k-1", "secret"));
        Assert.False(placeholder.InHeader("X-Key", "tök-1"));
    }

    [Theory]
    [InlineData("text/plain", "x=tok&1 tok%261", "x=a+b&c=\"d\" tok%261")]
    [InlineData("application/x-www-form-urlencoded", "x=tok%261&y=tok&1", "x=a%2Bb%26c%3D%22d%22&y=a%2Bb%26c%3D%22d%22")]
    [InlineData("application/json; charset=utf-8", "{\"x\":\"tok&1\"}", "{\"x\":\"a+b&c=\\\"d\\\"\"}")]
    public void A_value_stays_one_value_in_a_body(string contentType, string body, string expected)
    {
        var (placeholder, format) = (Create("tok&1", body: true), BodyFormat.Of(contentType));
        var (bytes, value) = (System.Text.Encoding.UTF8.GetBytes(body), format.Encode("a+b&c=\"d\""));

        var swapped = placeholder.ReplaceInBody(bytes, format, value);

        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(swapped));
        Assert.Equal(swapped.Length, placeholder.LengthInBody(bytes, format, value.Length));
    }

    [Theory]
    [InlineData("text/plain", "tok\"1 tok\\\"1 tok%221", "S tok\\\"1 tok%221")]
    [InlineData("application/json", "tok\"1 tok\\\"1 tok%221", "S S tok%221")]
    [InlineData("application/x-www-form-urlencoded", "tok\"1 tok\\\"1 tok%221", "S tok\\\"1 S")]
    public void It_is_looked_for_in_a_body_as_the_body_s_format_spells_it(string contentType, string body, string expected)
    {
        var swapped = Create("tok\"1", body: true).ReplaceInBody(System.Text.Encoding.UTF8.GetBytes(body), BodyFormat.Of(contentType), "S"u8);

        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(swapped));
    }

    [Theory]
    [InlineData("?a=tok%201&b=tok 1", 24)]
    [InlineData("?a=other", 8)]
    public void The_length_of_a_query_is_known_before_it_is_made(string query, int expected) =>
        Assert.Equal(expected, Create("tok 1", query: true).LengthEscaped(query, 9));

    [Fact]
    public void The_length_of_a_header_is_known_before_it_is_made() =>
        Assert.Equal("a secret, secret".Length, Create("tok-1").LengthInHeader("X-Key", "a tok-1, tok-1", "secret".Length));

    private static string Basic(string scheme, string credentials) =>
        $"{scheme} {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials))}";

    private static Placeholder Create(string token, HeaderPatternPlan[]? headers = null, bool path = false, bool query = false, bool body = false) =>
        new(new ReplacePlan { ProxyValue = token, Headers = [.. headers ?? []], Body = body, Path = path, Query = query });
}
