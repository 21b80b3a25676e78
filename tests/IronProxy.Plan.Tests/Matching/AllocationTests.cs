using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

public sealed class AllocationTests
{
    private static readonly string[] Hosts =
        ["api.github.com", "a.b.example.com", "db-12.example.com", "not.there", "10.1.2.3", "2001:db8::1", "a-label-that-is-rather-long.example.com"];

    [Fact]
    public void A_decision_allocates_nothing()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder()
            .AddSet(
                new TestRule("api.github.com", Methods: ["GET", "PURGE"], Paths: ["/v1/*", "/a/*/c", "/x?/b*"]),
                new TestRule("*.example.com", Paths: ["/*/chat*"]),
                new TestRule("db-*.example.com"),
                new TestRule("a-label-that-is-rather-long.example.com"),
                new TestRule(null, "10.0.0.0/8"),
                new TestRule(null, "2001:db8::/32"))
            .Build());
        var requests = Hosts.SelectMany(h => new[] { "/", "/v1/x", "/a/b/c", "/xy/bc", "/v1/chat/completions" }.Select(p => Request(h, p))).ToArray();
        var matched = Decide(matcher, requests);
        Assert.InRange(matched, 1, requests.Length - 1);

        for (var round = 0; round < 50; round++)
        {
            Decide(matcher, requests); // Until the compiler is done with it.
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Decide(matcher, requests);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int Decide(PlanMatcher matcher, CanonicalRequest[] requests)
    {
        var matched = 0;
        foreach (var request in requests)
        {
            var host = matcher.FindHost(request.Host);
            if (matcher.NamesHost(0, host) && matcher.Matches(0, host, request, out var rule) && rule is not null)
            {
                matched++;
            }
        }

        return matched;
    }

    private static CanonicalRequest Request(string host, string path)
    {
        Assert.Null(RequestTarget.TryCreate(path, out var target));
        return new CanonicalRequest { Host = Canonical.Host(host), Port = 443, Scheme = "https", Method = "GET", Target = target };
    }
}
