using FsCheck;
using FsCheck.Fluent;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

/// <summary>
/// The matcher against the naive one. Names are made of few labels of few letters, so that random patterns and hosts meet.
/// </summary>
public sealed class MatcherProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private static readonly Gen<string> Label =
        Gen.Elements("a", "b", "ab", "ba", "aab", "a-b", "com", "a-label-longer-than-a-node", "b-label-longer-than-a-node");

    private static readonly Gen<string> Name = Join(Label, '.', 1, 4);

    private static readonly Gen<string> Glob = Join(
        Gen.Frequency((3, Label), (2, Gen.Elements("*", "?", "a*", "*b", "a?", "??", "*a*", "a*b", "?*"))), '.', 1, 4);

    private static readonly Gen<string> Address = Gen.Elements("10.0.0.1", "10.0.0.2", "10.1.0.1", "11.0.0.1", "::1", "2001:db8::1", "2001:db8::2", "fd00::1");

    private static readonly Gen<string> Host = Gen.Frequency((5, Name), (1, Address));

    private static readonly Gen<string> Pattern = Gen.Frequency(
        (4, Name), (4, Name.Select(n => "*." + n)), (1, Gen.Constant("*")), (4, Glob.Select(Canonicalized)), (1, Address));

    private static readonly Gen<string> Network = Gen.Elements(
        "10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "::/0", "::1/128", "2001:db8::/32", "2001:db8::2/127", "fc00::/7");

    private static readonly Gen<string> PathPattern = Join(Gen.Elements("", "a", "b", "ab", "*", "?", "a*", "*b", "a*b*"), '/', 1, 3).Select(p => "/" + p);

    private static readonly Gen<string> Path = Join(Gen.Elements("", "a", "b", "ab", "aab", "abb"), '/', 1, 4).Select(p => "/" + p);

    private static readonly Gen<TestRule> Rule =
        from named in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from pattern in Pattern
        from network in Network
        from methods in Gen.Elements<string[]?>(null, null, ["GET"], ["POST"], ["GET", "PURGE"])
        from paths in Gen.Frequency((2, Gen.Constant<string[]?>(null)), (1, PathPattern.Select<string, string[]?>(p => [p])))
        from ports in Gen.Elements<int[]?>(null, null, [443], [80, 8443])
        from scheme in Gen.Elements(null, null, "http", "https")
        from clients in Gen.Elements<string[]?>(null, null, ["ci"], ["ci", "agent"])
        select new TestRule(named ? pattern : null, named ? null : network, methods, paths, ports, scheme, clients);

    [Fact]
    public void The_matcher_finds_the_rule_that_the_naive_one_finds()
    {
        var input =
            from first in Rule.ArrayOf(8)
            from second in Rule.ArrayOf(3)
            from hosts in Host.ArrayOf(12)
            from method in Gen.Elements("GET", "POST", "PURGE", "DELETE")
            from path in Path
            from port in Gen.Elements(80, 443, 8443)
            from scheme in Gen.Elements(null, "http", "https")
            from client in Gen.Elements(null, "ci", "agent", "other")
            select (first, second, hosts, method, path, port, scheme, client);

        Prop.ForAll(input.ToArbitrary(), i =>
        {
            var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(i.first).AddSet(i.second).Build());
            foreach (var host in i.hosts)
            {
                // Without a scheme it is a destination, as a tunnel names one.
                var request = i.scheme is null
                    ? CanonicalRequest.Destination(Canonical.Host(host), i.port, i.client)
                    : Request(i.method, host, i.path) with { Port = i.port, Scheme = i.scheme, Client = i.client };
                var found = matcher.FindHost(request.Host);
                foreach (var (set, rules) in new[] { (0, i.first), (1, i.second) })
                {
                    matcher.Matches(set, found, request, out var rule);
                    Assert.Equal(NaiveMatcher.FirstRule(rules, request), rule?.Rule);
                    Assert.Equal(
                        rules.Any(r => NaiveMatcher.FirstRule([r with { Methods = null, Paths = null, Ports = null, Scheme = null, Clients = null }], request) is not null),
                        matcher.NamesHost(set, found));
                }
            }
        }).Check(Runs);
    }

    [Fact]
    public void A_single_pattern_matches_what_the_table_says() =>
        Prop.ForAll(Pattern.ToArbitrary(), Host.ToArbitrary(), (pattern, host) =>
        {
            var text = Canonical.Host(host).Text;
            Assert.Equal(NaiveMatcher.MatchesHost(pattern, text), HostPattern.Parse(pattern).Matches(text));
            Assert.Equal(NaiveMatcher.MatchesHost(pattern, text), Matches(pattern, host));
        }).Check(Runs);

    [Fact]
    public void Path_patterns_match_what_the_naive_ones_match() =>
        Prop.ForAll(PathPattern.ToArbitrary(), Path.ToArbitrary(), (pattern, path) =>
            Assert.Equal(NaiveMatcher.MatchesPath(pattern, path), new Plan.Matching.PathPattern(pattern).Matches(path))).Check(Runs);

    [Fact]
    public void A_star_matches_all() =>
        Prop.ForAll(Host.ToArbitrary(), host => Matches("*", host)).Check(Runs);

    [Fact]
    public void A_suffix_matches_its_apex_and_every_depth_but_not_a_longer_label() =>
        Prop.ForAll(Name.ToArbitrary(), Name.ToArbitrary(), (name, below) =>
            Matches($"*.{name}", name) && Matches($"*.{name}", $"{below}.{name}") && !Matches($"*.{name}", $"evil{name}") && !Matches($"*.{name}", $"{name}.evil")).Check(Runs);

    [Fact]
    public void Inner_wildcards_stay_in_their_label() =>
        Prop.ForAll(Label.ToArbitrary(), Label.ToArbitrary(), Name.ToArbitrary(), (a, b, name) =>
            Matches($"x{a}*.{name}", $"x{a}{b}.{name}")
            && !Matches($"x{a}*.{name}", $"x{a}.{b}.{name}")
            && Matches($"x{a}?.{name}", $"x{a}1.{name}")
            && !Matches($"x{a}?{b}.{name}", $"x{a}.{b}.{name}")).Check(Runs);

    [Fact]
    public void Letter_case_and_a_trailing_dot_do_not_matter() =>
        Prop.ForAll(Pattern.ToArbitrary(), Name.ToArbitrary(), (pattern, name) =>
            Matches(pattern, name) == Matches(pattern, name.ToUpperInvariant()) && Matches(pattern, name) == Matches(pattern, name + ".")).Check(Runs);

    private static bool Matches(string pattern, string host)
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(new TestRule(pattern)).Build());
        var request = Request("GET", host, "/");
        return matcher.Matches(0, matcher.FindHost(request.Host), request, out _);
    }

    private static CanonicalRequest Request(string method, string host, string path)
    {
        Assert.Null(RequestTarget.TryCreate(path, out var target));
        return new CanonicalRequest { Host = Canonical.Host(host), Port = 443, Scheme = "https", Method = method, Target = target };
    }

    /// <summary>A leading label of one star alone means every depth.</summary>
    private static string Canonicalized(string glob) => glob.Length == 0 ? "*" : glob;

    private static Gen<string> Join(Gen<string> part, char separator, int min, int max) =>
        from count in Gen.Choose(min, max)
        from parts in part.ArrayOf(count)
        select string.Join(separator, parts);
}
