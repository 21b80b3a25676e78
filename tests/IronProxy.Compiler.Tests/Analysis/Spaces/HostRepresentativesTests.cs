using System.Net;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Hosts;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class HostRepresentativesTests
{
    private static readonly CanonicalHost[] AllHosts = [.. Hosts()];

    [Fact]
    public void Whatever_a_host_matches_a_representative_matches_the_same()
    {
        var label = Gen.OneOf(
            Gen.Elements("a", "b", "ab", "x", "1", "10", "0"),
            Gen.Elements("a*", "*a", "?", "a?", "?b", "*b*", "1*", "*0", "**a", "x*"));
        var name = label.NonEmptyListOf().Select(l => string.Join('.', l.Take(4)));
        var pattern = Gen.OneOf(name, name.Select(n => "*." + n), Gen.Constant("*"), Gen.Constant("::1"), Gen.Constant("2001:db8::1"), Gen.Constant("10.0.0.1"));
        var network = Gen.Elements("10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "10.0.1.0/24", "::/0", "2001:db8::/32", "2001:db8::/127", "10.0.0.1/32");
        var rule = Gen.OneOf(
            pattern.Select(p => new RequestRule(HostPattern.Parse(p), null, RequestBox.Everything)),
            network.Select(n => new RequestRule(null, IPNetwork.Parse(n), RequestBox.Everything)));
        var property = Prop.ForAll(rule.NonEmptyListOf().Select(l => l.Take(6).ToArray()).ToArbitrary(), rules =>
        {
            var index = new HostPatternIndex();
            var named = rules.Select(r => (Rule: r, Id: index.Add(r))).ToArray();
            var undecided = new List<string>();
            var found = HostRepresentatives.Find(index, undecided.Add).ToArray();
            var signatures = found.Select(h => Signature(index, h)).ToHashSet(StringComparer.Ordinal);
            foreach (var host in AllHosts.Concat(found))
            {
                var naive = string.Join(',', named.Where(n => Matches(n.Rule, host)).Select(n => n.Id).Distinct().Order());
                Assert.Equal(naive, Signature(index, host));
                Assert.True(signatures.Contains(naive) || (undecided.Count > 0 && host.Text.Contains(':', StringComparison.Ordinal)), $"{host} matches {naive} of {string.Join(' ', rules.Select(r => r.Host?.Text ?? $"{r.Network}"))}");
            }
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), property);
    }

    [Fact]
    public void A_number_is_no_last_label_of_a_name()
    {
        var found = Find("1*", "0x*", "a.5");

        Assert.DoesNotContain(found, h => h.Text is "1" or "0x" or "a.5" || h.Text.EndsWith(".5", StringComparison.Ordinal) && h.Address is null);
        Assert.Contains(found, h => h.Text.StartsWith('1') && h.Address is null);
    }

    [Fact]
    public void Wildcards_over_octets_meet_networks()
    {
        var index = new HostPatternIndex();
        var glob = index.Add(new RequestRule(HostPattern.Parse("10.0.*.7"), null, RequestBox.Everything));
        var network = index.Add(new RequestRule(null, IPNetwork.Parse("10.0.128.0/17"), RequestBox.Everything));

        var found = HostRepresentatives.Find(index, _ => { }).Select(h => Signature(index, h)).ToHashSet(StringComparer.Ordinal);

        Assert.Contains($"{glob},{network}", found);
        Assert.Contains($"{glob}", found);
        Assert.Contains($"{network}", found);
        Assert.Contains("", found);
    }

    [Fact]
    public void Punycode_is_tried_where_nothing_else_matches()
    {
        Assert.Contains(Find("xn--*.test"), h => h.Text.StartsWith("xn--", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_decided_is_named()
    {
        var undecided = new List<string>();
        Find(undecided, "fe8*", "*.5");

        Assert.Equal(["hosts that are IPv6 addresses whose text matches fe8*", "hosts that are IPv6 addresses whose text matches *.5"], undecided);
    }

    [Fact]
    public void Patterns_of_names_leave_nothing_undecided()
    {
        var undecided = new List<string>();
        Find(undecided, "*", "*.example.com", "db-*.corp.example", "api.github.com", "cache?", "*.a*.test");

        Assert.Empty(undecided);
    }

    private static CanonicalHost[] Find(params string[] patterns) => Find([], patterns);

    private static CanonicalHost[] Find(List<string> undecided, params string[] patterns)
    {
        var index = new HostPatternIndex();
        foreach (var pattern in patterns)
        {
            index.Add(new RequestRule(HostPattern.Parse(pattern), null, RequestBox.Everything));
        }

        return [.. HostRepresentatives.Find(index, undecided.Add)];
    }

    private static string Signature(HostPatternIndex index, CanonicalHost host) => string.Join(',', index.Match(host).Order());

    private static bool Matches(RequestRule rule, CanonicalHost host) => rule.Host is { } pattern
        ? pattern.Matches(host.Text)
        : host.Address is { } address && rule.Network!.Value.Contains(address);

    private static IEnumerable<CanonicalHost> Hosts()
    {
        string[] labels = ["a", "b", "ab", "x", "1", "10", "0", "ba", "abb", "1x", "zz", "xn--a", "a0"];
        IEnumerable<string> names = labels;
        names = names.Concat(labels.SelectMany(l => labels.Select(m => $"{l}.{m}"))).Concat(
            from a in labels[..6] from b in labels[..6] from c in labels[..6] select $"{a}.{b}.{c}");
        string[] addresses = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.1.1", "11.0.0.0", "1.1.1.1", "0.0.0.0", "10.10.10.10", "10.1.0.10", "1.10.0.1", "255.0.1.10", "::1", "::", "2001:db8::1", "2001:db8::2", "2001:db8::", "a::", "::1.10.0.1", "fe80::5efe:10.0.0.1"];
        foreach (var text in names.Concat(addresses))
        {
            if (CanonicalHost.TryCreateFromText(text, out var host) is null)
            {
                yield return host;
            }
        }
    }
}
