using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces.Proofs;
using IronProxy.Compiler.Learning;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Learning;

public partial class LearnPropertyTests
{
    private static readonly string[] Hosts =
        ["api.example.com", "a.example.com", "b.example.com", "example.com", "no", "xn--bcher-kva.example", "x_y.test", "10.0.0.5", "[2001:db8::1]", "169.254.169.254", "localhost"];

    private static readonly string[] Methods = ["GET", "POST", "PURGE", "X-'Y", "A*B"];

    private static readonly string[] Segments =
        ["", "v1", "users", "17", "18", "2026-11-20", "d41d8cd98f00b204", "*", "a*", "[x]", "%20", "%41", "a:b", "~x", "'", "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"];

    private static readonly Gen<string> Requests =
        from method in Gen.Elements(Methods)
        from scheme in Gen.Elements("https", "http")
        from host in Gen.Elements(Hosts)
        from port in Gen.Elements("", ":8443")
        from segments in Gen.Elements(Segments).ArrayOf().Select(s => s.Take(4))
        select $"{method} {scheme}://{host}{port}/{string.Join('/', segments)}";

    [Fact]
    public void What_is_learned_is_valid_allows_what_was_seen_and_allows_more_the_coarser_it_is() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Requests.NonEmptyListOf().ToArbitrary(), requests =>
        {
            var seen = requests.Select(Read).ToList();
            var learner = Teach(seen);
            var narrower = default(ProxyPlan);
            foreach (var granularity in (LearningGranularity[])[LearningGranularity.Path, LearningGranularity.Method, LearningGranularity.Host])
            {
                var learned = learner.Learn(granularity);
                var expected = seen.Where(r => SensitiveHosts.Why(r.Host) is null && r.Method != "A*B").ToList();
                Assert.Equal((expected.Count, seen.Count), (learned.Count, learned.Count + learned.LeftOut.Sum(l => l.Count)));
                if (learned.Hosts.IsEmpty)
                {
                    continue;
                }

                var text = LearnedPolicyWriter.Write(learned);
                Assert.Equal(text, LearnedPolicyWriter.Write(Teach(seen.AsEnumerable().Reverse()).Learn(granularity)));
                Assert.DoesNotContain("\"/*\"", text, StringComparison.Ordinal);
                var result = Compile.File(text);
                Assert.True(result.Plan is not null && result.Diagnostics.IsEmpty, $"{text}\n{CorpusTests.Print(result.Diagnostics)}");
                AssertCounts(text, learned);

                var policy = new PlanPolicy(result.Plan);
                foreach (var request in expected)
                {
                    Assert.True(Allows(policy, request), $"{request.Method} {request.Host}{request.Target.Path} is not allowed by\n{text}");
                }

                // Every allowed host was seen: nothing was generalised.
                Assert.Equal(
                    expected.Select(r => r.Host.Text).Distinct().Order(StringComparer.Ordinal),
                    learned.Hosts.Select(h => h.IsNetwork ? h.Text.Split('/')[0] : h.Text).Order(StringComparer.Ordinal));
                if (narrower is not null)
                {
                    Assert.Null(new PolicyProver(narrower).Implies(result.Plan).Counterexample);
                }

                narrower = result.Plan;
            }
        }));

    /// <summary>The counts in the comments add up to the number of requests.</summary>
    private static void AssertCounts(string text, LearnedPolicy learned)
    {
        Assert.Equal(learned.Count, EntryCount().Matches(text).Sum(m => long.Parse(m.Groups[1].Value)));
        if (learned.Granularity == LearningGranularity.Path)
        {
            Assert.Equal(learned.Count, PathCount().Matches(text).Sum(m => long.Parse(m.Groups[1].Value)));
        }
    }

    private static PolicyLearner Teach(IEnumerable<CanonicalRequest> requests)
    {
        var learner = new PolicyLearner();
        foreach (var request in requests)
        {
            learner.Add(request, 1);
        }

        return learner;
    }

    private static CanonicalRequest Read(string request)
    {
        var parts = request.Split(' ');
        Assert.Null(CanonicalRequest.TryCreateFromUrl(parts[0], parts[1], out var canonical));
        return canonical;
    }

    private static bool Allows(PlanPolicy policy, CanonicalRequest request)
    {
        var host = policy.Matcher.FindHost(request.Host);
        return policy.Plan.Steps.OfType<AllowlistStepPlan>().All(s => !s.Warn && policy.Decide(s, host, request).Allowed)
            && policy.DecideAllowlists(host, CanonicalRequest.Destination(request.Host, request.Port, client: null), out _).Allowed;
    }

    [GeneratedRegex("^ +- .*# ([0-9]+) requests?$", RegexOptions.Multiline)]
    private static partial Regex EntryCount();

    [GeneratedRegex("^ +- .*# ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex PathCount();
}
