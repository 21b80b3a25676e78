namespace IronProxy.Plan.Tests.Decisions;

public sealed class RequestOverridesTests
{
    private static readonly PlanPolicy Policy = new(TestPlan.Create(new AllowlistStepPlan { At = new SourcePosition(3, 5), Rules = 0 }) with
    {
        Matching = new MatchTablesBuilder()
            .AddSet(
                new TestRule("a.example", Methods: ["GET"], Paths: ["/v1/*"]),
                new TestRule("a.example", Methods: ["POST"], Paths: ["/v1/*"]),
                new TestRule("a.example", Methods: ["DELETE"], Paths: ["/v1/own/*"]))
            .AddSet(new TestRule("a.example", Methods: ["GET", "POST"], Paths: ["/v1/private/*"]))
            .Build(),
        Mcp = null,
    });

    [Theory]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X-HTTP-Method")]
    [InlineData("X-Method-Override")]
    [InlineData("x-http-method-override")]
    [InlineData("X_HTTP_METHOD_OVERRIDE")]
    public void A_method_is_judged_whatever_header_says_it(string header)
    {
        Assert.Equal("DELETE /v1/x", Find("POST", "/v1/x", (header, "delete")));
        Assert.Equal("PURGE /v1/x", Find("POST", "/v1/x", (header, "PURGE")));
        Assert.Null(Find("POST", "/v1/own/x", (header, "DELETE")));
        Assert.Null(Find("POST", "/v1/x", (header, " GET\t")));
        Assert.Null(Find("POST", "/v1/x", (header, "")));
        Assert.Null(Find("PUT", "/v2", (header, "PATCH")));
    }

    [Theory]
    [InlineData("X-Original-URL")]
    [InlineData("X-Rewrite-URL")]
    [InlineData("x_rewrite_url")]
    public void A_path_is_judged_whatever_header_says_it(string header)
    {
        Assert.Equal("GET /v2", Find("GET", "/v1/x", (header, "/v2")));
        Assert.Equal("GET /v1/private/x", Find("GET", "/v1/x", (header, "/v1/private/x?y")));
        Assert.Equal("GET /v1/x", Find("GET", "/v2", (header, "https://a.example/v1/x")));
        Assert.Equal("GET /v1/private/x", Find("GET", "/v1/x", (header, "/v1/private%2Fx")));
        Assert.Null(Find("GET", "/v1/x", (header, "/v1/y")));
        Assert.Null(Find("GET", "/v1/x", (header, "https://a.example:443/v1/y")));
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override", "DELETE, GET")]
    [InlineData("X-HTTP-Method-Override", "G T")]
    [InlineData("X-HTTP-Method-Override", "DELETE\u00A0")]
    [InlineData("X-HTTP-Method-Override", "TRACE")]
    [InlineData("X-HTTP-Method-Override", "track")]
    [InlineData("X-Original-URL", "v1/x")]
    [InlineData("X-Original-URL", "https://b.example/v1/x")]
    [InlineData("X-Original-URL", "https://a.example:8443/v1/x")]
    [InlineData("X-Original-URL", "http://a.example/v1/x")]
    [InlineData("X-Original-URL", "/v1/../x")]
    public void What_cannot_be_judged_is_refused(string header, string value) => Assert.Equal("unreadable", Find("GET", "/v1/x", (header, value)));

    [Fact]
    public void A_header_may_come_twice_when_it_says_the_same()
    {
        Assert.Null(Find("POST", "/v1/x", ("X-HTTP-Method", "GET"), ("x-http-method", "GET")));
        Assert.Equal("unreadable", Find("POST", "/v1/x", ("X-HTTP-Method", "GET"), ("X-HTTP-Method", "POST")));
    }

    [Fact]
    public void Method_and_path_are_judged_together_and_apart()
    {
        Assert.Null(Find("POST", "/v1/own/x", ("X-HTTP-Method", "DELETE"), ("X-Original-URL", "/v1/own/y")));
        Assert.Equal("DELETE /v1/x", Find("POST", "/v1/own/x", ("X-HTTP-Method", "DELETE"), ("X-Original-URL", "/v1/x")));
        Assert.Equal("DELETE /v1/x", Find("GET", "/v1/own/x", ("X-HTTP-Method", "POST"), ("X-Method-Override", "DELETE"), ("X-Rewrite-URL", "/v1/x")));
    }

    [Theory]
    [InlineData("X-HTTP-Method-Overridd")]
    [InlineData("X-HTTP-Methob")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-HTTP_Method-")]
    [InlineData("X--HTTP-Method")]
    [InlineData("X.HTTP.Method")]
    [InlineData("X-HTTP-M_thod")]
    public void Other_headers_override_nothing(string header)
    {
        var overrides = default(RequestOverrides);
        overrides.Add(header, "DELETE");

        Assert.True(overrides.IsEmpty);
    }

    private static string? Find(string method, string path, params (string Name, string Value)[] headers)
    {
        var overrides = default(RequestOverrides);
        foreach (var (name, value) in headers)
        {
            overrides.Add(name, value);
        }

        var request = Canonical.Request(method, "https://a.example" + path);
        var conflict = Policy.FindConflict(Policy.Matcher.FindHost(request.Host), request, overrides);
        Assert.Same(conflict is null ? null : Reason.AmbiguousOverride, conflict?.Denial);
        return conflict is null ? null : conflict.Reading is { } reading ? $"{reading.Method} {reading.Target.MatchPath}" : "unreadable";
    }
}
