using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Proofs;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class PolicyProverTests
{
    private static readonly string[] Patterns =
        ["*", "a.test", "*.a.test", "GET *", "POST,PUT *.test/a/*", "http://*", "* 10.0.0.5/a*", "PURGE *:443", "x*.test/*/b", "*:8443/a"];

    [Fact]
    public void One_request_is_never_allowed_exactly_when_the_matcher_denies_it()
    {
        var requests = Gen.Elements(SmallPolicies.Requests).ListOf(10);
        var property = Prop.ForAll(SmallPolicies.Policies.ToArbitrary(), requests.ToArbitrary(), (policy, asked) =>
        {
            var plan = SmallPolicies.Compile(policy);
            var prover = new PolicyProver(plan);
            var judge = new WitnessJudge(plan);
            foreach (var request in asked)
            {
                // Anybody's requests are those of each client, and of those who are not known.
                var pattern = Pattern($"{request.Method} {request.Scheme}://{request.Host.UriText}:{request.Port}{request.Path}");
                var reaching = SmallPolicies.Askers.Where(client => judge.Reaches(request with { Client = client })).ToArray();
                Assert.True(prover.NeverAllows([pattern]).IsProven == (reaching.Length == 0), $"{request}\n{policy}");
                foreach (var client in SmallPolicies.Askers.OfType<string>())
                {
                    Assert.True(new PolicyProver(plan, client).NeverAllows([pattern]).IsProven == !reaching.Contains(client), $"{request} by {client}\n{policy}");
                }
            }
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    [Fact]
    public void Claims_agree_with_trying_every_request()
    {
        var patterns = Gen.Elements(Patterns).NonEmptyListOf().Select(p => p.Take(3).Select(Pattern).ToArray());
        var property = Prop.ForAll(SmallPolicies.Policies.ToArbitrary(), SmallPolicies.Policies.ToArbitrary(), patterns.ToArbitrary(), (policy, other, asked) =>
        {
            var (plan, otherPlan) = (SmallPolicies.Compile(policy), SmallPolicies.Compile(other));
            var (judge, otherJudge) = (new WitnessJudge(plan), new WitnessJudge(otherPlan));
            var prover = new PolicyProver(plan);
            CredentialUse[] secrets = [.. plan.CredentialUses.Where(u => u.Names is ["KEY1"] or ["KEY2"])];
            Check(prover.NeverAllows(asked), w => judge.Reaches(w) && asked.Any(p => p.Matches(w)));
            Check(prover.OnlyAllows(asked), w => judge.Reaches(w) && !asked.Any(p => p.Matches(w)));
            Check(prover.Implies(otherPlan), w => judge.Reaches(w) && !otherJudge.Reaches(w));
            Check(prover.NeverSends(secrets, asked), w => judge.Sends(secrets, w) && asked.Any(p => p.Matches(w)));
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), property);

        static void Check(Proof proof, Func<RequestWitness, bool> refutes)
        {
            Assert.All(proof.Undecided, u => Assert.StartsWith("what the other policy denies beside its allowlist", u, StringComparison.Ordinal));
            if (proof.Counterexample is { } counterexample)
            {
                Assert.True(refutes(counterexample), $"{counterexample}");
            }
            else
            {
                Assert.DoesNotContain(SmallPolicies.Requests, w => refutes(w));
            }
        }
    }

    [Theory]
    [InlineData("{host: a.test}", "https://a.test", true)]
    [InlineData("{host: a.test, methods: [GET]}", "GET a.test", true)]
    [InlineData("{host: a.test, methods: [GET]}", "HEAD a.test", false)]
    [InlineData("{host: a.test, methods: [PURGE]}", "PURGE a.test", true)]
    [InlineData("{host: a.test, paths: ['/v1/*']}", "a.test/v1", true)]
    [InlineData("{host: a.test, paths: ['/v1/**']}", "a.test/v1", false)]
    [InlineData("{host: a.test, paths: ['/v1/*']}", "a.test/v1/x/y", true)]
    [InlineData("{host: a.test, paths: ['/*/y']}", "a.test/v1/x/y", false)]
    [InlineData("{host: a.test, paths: ['/a?']}", "a.test/a", false)]
    [InlineData("{host: a.test, paths: ['/%7Ea']}", "a.test/~a", true)]
    [InlineData("{host: '*.a.test'}", "a.test", true)]
    [InlineData("{host: '*.a.test'}", "*.b.a.test", true)]
    [InlineData("{host: 'x*.a.test'}", "*.x.a.test", true)]
    [InlineData("{host: 'x*.a.test'}", "*.y.a.test", false)]
    [InlineData("{host: 'x*.test'}", "*y.test", true)]
    [InlineData("{host: 'x?.test'}", "x.test", false)]
    [InlineData("{cidr: 10.0.0.0/8}", "10.1.2.3", true)]
    [InlineData("{cidr: 10.0.0.0/8}", "*.2.3", true)]
    [InlineData("{cidr: 10.0.0.0/8}", "11.*.*.*", false)]
    [InlineData("{cidr: '2001:db8::/32'}", "[2001:db8::5]:443", true)]
    [InlineData("{cidr: '2001:db8::/32'}", "a.test", false)]
    [InlineData("{host: '*'}", "[::1]", true)]
    [InlineData("{host: '*'}", "http://*:1", true)]
    public void Every_kind_of_pattern_is_understood(string rule, string pattern, bool reachable)
    {
        var plan = Compile.Plan($"transforms: [{{name: allowlist, config: {{rules: [{rule}]}}}}]");

        var proof = new PolicyProver(plan).NeverAllows([Pattern(pattern)]);

        Assert.Equal(reachable, proof.Counterexample is not null);
    }

    [Fact]
    public void No_request_has_a_dot_segment_so_a_pattern_of_them_allows_nothing()
    {
        var plan = Compile.Plan("transforms: [{name: allowlist, config: {rules: [{host: a.test, paths: ['/?', '/??']}]}}]");

        Assert.True(new PolicyProver(plan).OnlyAllows([Pattern("a.test/?"), Pattern("a.test/??")]).IsProven);
        Assert.DoesNotContain('.', new PolicyProver(plan).NeverAllows([Pattern("a.test/?")]).Counterexample!.Path);
    }

    [Fact]
    public void Under_sni_only_a_rule_for_some_requests_lets_all_of_them_through()
    {
        var plan = Compile.Plan("transforms: [{name: allowlist, config: {rules: [{host: a.test, methods: [GET], paths: [/a]}]}}]");
        plan = plan with { Tls = plan.Tls with { Mode = TlsMode.SniOnly } };

        Assert.Equal("POST https://a.test/", $"{new PolicyProver(plan).NeverAllows([Pattern("POST a.test")]).Counterexample}");
        Assert.True(new PolicyProver(plan).NeverAllows([Pattern("POST http://a.test")]).IsProven);
    }

    [Theory]
    [InlineData("allows", "elsewhere.test", false)]
    [InlineData("allows", "*.elsewhere.test:8443", false)]
    [InlineData("allows", "elsewhere.test:443", true)]
    [InlineData("allows", "http://elsewhere.test", true)]
    [InlineData("allows", "other.test", true)]
    [InlineData("sends", "elsewhere.test", false)]
    [InlineData("sends", "other.test", true)]
    [InlineData("only", "tools.test", false)]
    [InlineData("only", "tools.test elsewhere.test", true)]
    [InlineData("only", "tools.test elsewhere.test/mcp", false)]
    public void What_an_MCP_server_elsewhere_gets_is_not_forgotten(string claim, string patterns, bool proven)
    {
        const string Server = "mcp: {servers: [{name: tools, rules: [{host: tools.test, paths: [/mcp]}], upstream: 'https://elsewhere.test:8443/mcp'}]}\n";
        var plan = Compile.Plan(Server + "transforms: [{name: allowlist, config: {domains: [tools.test]}}, {name: secrets, config: {secrets: [{source: {type: env, var: K}, inject: {header: X}, rules: [{host: tools.test}]}]}}]");
        var prover = new PolicyProver(plan);
        RequestPattern[] parsed = [.. patterns.Split(' ').Select(Pattern)];

        var proof = claim switch
        {
            "allows" => prover.NeverAllows(parsed),
            "sends" => prover.NeverSends([.. plan.CredentialUses], parsed),
            _ => prover.OnlyAllows(parsed),
        };

        Assert.Null(proof.Counterexample);
        Assert.Equal(proven ? "" : "requests to the MCP server tools, which are sent to https://elsewhere.test:8443/mcp", string.Join(' ', proof.Undecided));
    }

    [Fact]
    public void What_was_left_aside_is_named()
    {
        var plan = Compile.Plan("transforms: [{name: allowlist, config: {domains: [a.test]}}, {name: secrets, config: {secrets: [{source: {type: env, var: K}, inject: {header: X}, rules: [{host: a.test}]}]}}]");

        Assert.Equal("secrets upstream_deny_cidrs", string.Join(' ', new PolicyProver(plan).NeverAllows([Pattern("b.test")]).NotConsidered));
    }

    [Theory]
    [InlineData("", "METHODS")]
    [InlineData("GET https://a.test /x", "METHODS")]
    [InlineData("G(T a.test", "method")]
    [InlineData("CONNECT a.test:443", "tunnel")]
    [InlineData("a.test:0", "port")]
    [InlineData("a.test:99999", "port")]
    [InlineData("::1", "port")]
    [InlineData("ftp://a.test", "port")]
    [InlineData("a.test/a/../b", "dot segment")]
    [InlineData("a.test/a;x/*", "several ways")]
    [InlineData("a.test/@a%2fb", "several ways")]
    [InlineData("a.test/./b", "several ways")]
    [InlineData("*.*", "*")]
    [InlineData("a..test", "dots")]
    [InlineData("https://", "empty")]
    public void A_pattern_with_a_mistake_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(RequestPattern.TryParse(text, out _, out var mistake));
        Assert.Contains(reason, mistake, StringComparison.OrdinalIgnoreCase);
    }

    private static RequestPattern Pattern(string text)
    {
        Assert.True(RequestPattern.TryParse(text, out var pattern, out var mistake), mistake);
        return pattern;
    }
}
