using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Optimization;

/// <summary>The compiled tables answer as a reader of the file would, rule by rule.</summary>
public class CompiledPolicyPropertyTests
{
    private static readonly string[] Patterns =
        ["*", "a.test", "b.test", "*.a.test", "*.test", "x.a.test", "*.x.a.test", "x?.a.test", "x-*.test", "*.b?.test", "10.0.0.5", "*.y.x.a.test"];

    private static readonly string[] Networks = ["10.0.0.0/8", "10.0.0.5/32", "0.0.0.0/0"];

    private static readonly string[] Hosts =
        ["a.test", "b.test", "x.a.test", "y.x.a.test", "z.y.x.a.test", "x1.a.test", "x-1.test", "q.bb.test", "test", "other.org", "10.0.0.5", "10.1.1.1", "192.0.2.1", "xa.test"];

    private static readonly string[] Methods = ["GET", "POST", "PUT"];

    private static readonly string[] Paths = ["/v1/*", "/v1/a", "/*"];

    private static readonly string[] Targets = ["/", "/v1", "/v1/a", "/v1/b/c"];

    private static readonly int[] Ports = [80, 443, 8443];

    private static readonly string[] Schemes = ["http", "https"];

    [Fact]
    public void The_first_rule_that_matches_decides_whatever_the_tables_look_like()
    {
        var rule =
            from place in Gen.Elements(Patterns.Select(p => $"host: '{p}'").Concat(Networks.Select(n => $"cidr: {n}")))
            from methods in Gen.SubListOf(Methods)
            from paths in Gen.SubListOf(Paths)
            from ports in Gen.SubListOf(Ports)
            from schemes in Gen.SubListOf(Schemes)
            select new Rule(place[..4], place[6..].Trim('\''), [.. methods], [.. paths], [.. ports], [.. schemes]);
        var policy = rule.NonEmptyListOf().Select(r => r.Take(12).ToArray()).ListOf(2);
        var question =
            from host in Gen.Elements(Hosts)
            from method in Gen.Elements(Methods)
            from target in Gen.Elements(Targets)
            from scheme in Gen.Elements(Schemes)
            from port in Gen.Elements(Ports)
            select new Question(host, method, target, scheme, port);
        var property = Prop.ForAll(policy.ToArbitrary(), question.ListOf(20).ToArbitrary(), (sets, questions) =>
        {
            var plan = Compile.Plan(Write(sets));
            var matcher = new PlanMatcher(plan.Matching);
            var steps = plan.Steps.Cast<AllowlistStepPlan>().ToArray();
            return questions.All(q => Enumerable.Range(0, steps.Length).All(i => Ask(matcher, steps[i].Rules, q) == Naive(sets[i], q)));
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    /// <summary>The index of the rule that decided, or -1.</summary>
    private static int Ask(PlanMatcher matcher, int set, Question q)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(q.Method, $"{q.Scheme}://{q.Host}:{q.Port}{q.Target}", out var request));
        var host = matcher.FindHost(request.Host);
        return matcher.Matches(set, host, request, out var rule) ? rule!.Value.Rule : -1; // A match in a set names its rule.
    }

    private static int Naive(Rule[] rules, Question q) => Array.FindIndex(rules, r =>
        (r.Kind == "host" ? MatchesHost(r.Place, q.Host) : IPAddress.TryParse(q.Host, out var address) && IPNetwork.Parse(r.Place).Contains(address))
        && (r.Methods.Length == 0 || r.Methods.Contains(q.Method))
        && (r.Ports.Length == 0 || r.Ports.Contains(q.Port))
        && (r.Schemes.Length == 0 || r.Schemes.Contains(q.Scheme))
        && (r.Paths.Length == 0 || r.Paths.Any(p => MatchesPath(p, q.Target))));

    private static bool MatchesHost(string pattern, string host)
    {
        if (pattern == "*")
        {
            return true;
        }

        var deep = pattern.StartsWith("*.", StringComparison.Ordinal);
        var labels = (deep ? pattern[2..] : pattern).Split('.');
        var parts = host.Split('.');
        if (deep ? parts.Length < labels.Length : parts.Length != labels.Length)
        {
            return false;
        }

        return labels.Zip(parts[^labels.Length..]).All(p => MatchesLabel(p.First, p.Second));
    }

    private static bool MatchesLabel(string pattern, string label) => (pattern, label) switch
    {
        ("", _) => label.Length == 0,
        (['*', ..], _) => Enumerable.Range(0, label.Length + 1).Any(i => MatchesLabel(pattern[1..], label[i..])),
        (_, "") => false,
        _ => (pattern[0] == '?' || pattern[0] == label[0]) && MatchesLabel(pattern[1..], label[1..]),
    };

    private static bool MatchesPath(string pattern, string path) => pattern.EndsWith('*')
        ? path.StartsWith(pattern[..^1], StringComparison.Ordinal) || (pattern.Length > 2 && path == pattern[..^2])
        : path == pattern;

    private static string Write(IEnumerable<Rule[]> sets)
    {
        var yaml = new StringBuilder("transforms:\n");
        foreach (var rules in sets)
        {
            yaml.Append("  - name: allowlist\n    config:\n      rules:\n");
            foreach (var rule in rules)
            {
                yaml.Append($"        - {rule.Kind}: '{rule.Place}'\n");
                yaml.Append(rule.Methods.Length > 0 ? $"          methods: [{string.Join(", ", rule.Methods)}]\n" : "");
                yaml.Append(rule.Paths.Length > 0 ? $"          paths: ['{string.Join("', '", rule.Paths)}']\n" : "");
                yaml.Append(rule.Ports.Length > 0 ? $"          ports: [{string.Join(", ", rule.Ports)}]\n" : "");
                yaml.Append(rule.Schemes.Length > 0 ? $"          schemes: [{string.Join(", ", rule.Schemes)}]\n" : "");
            }
        }

        return yaml.ToString();
    }

    private sealed record Rule(string Kind, string Place, string[] Methods, string[] Paths, int[] Ports, string[] Schemes);

    private sealed record Question(string Host, string Method, string Target, string Scheme, int Port);
}
