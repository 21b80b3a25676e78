using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Headers;

/// <summary>What of a head goes on.</summary>
public sealed class EndToEndNamesTests
{
    [Fact]
    public void What_belongs_to_the_clients_connection_is_left_behind() =>
        Assert.Equal(
            ["Accept: a", "accept: b", "X-Other: 4"],
            Sent(http2: false,
                ("Host", "h"), ("Accept", "a"), ("Connection", "X-Internal , close"), ("x-internal", "1"), ("Keep-Alive", "2"), ("TE", "trailers"), ("accept", "b"),
                ("Content-Length", "3"), ("Transfer-Encoding", "chunked"), ("Upgrade", "x"), ("Proxy-Authorization", "y"), ("X-Other", "4"), ("Connection", "x-second"), ("X-Second", "5")));

    [Fact]
    public void HTTP2_may_ask_for_trailers() =>
        Assert.Equal(["a: 1", "TE: trailers"], Sent(http2: true, (":authority", "h"), ("te", "trailers"), ("a", "1")));

    [Theory]
    [InlineData("gzip")]
    [InlineData("trailers, gzip")]
    public void And_for_nothing_else(string te) => Assert.Empty(Sent(http2: true, ("te", te)));

    [Fact]
    public void A_response_leaves_the_same_behind()
    {
        var response = new ResponseContext(
            Policies.Request(Policy, "https://a.test/"), 200,
            [new("Date", "1"), new("connection", "x-own"), new("X-Own", "2"), new("Content-Length", "3"), new("Set-Cookie", "a"), new("Set-Cookie", "b"), new("Trailer", "t")],
            new BytesBody(default));

        Assert.Equal(["Date: 1", "Set-Cookie: a", "Set-Cookie: b"], response.Headers.Select(h => $"{h.Key}: {h.Value}"));
    }

    private static PlanPolicy Policy { get; } =
        Policies.Compile("{tls: {ca_cert: ca.crt, ca_key: ca.key}, transforms: [{name: allowlist, config: {domains: [a.test]}}]}");

    private static IEnumerable<string> Sent(bool http2, params (string Name, string Value)[] received) =>
        Policies.Request(Policy, "https://a.test/", received, http2: http2).Headers.Select(h => $"{h.Key}: {h.Value}");
}
