namespace IronProxy.Plan.Tests.Decisions;

public sealed class PlanPolicyTests
{
    private static readonly AllowlistStepPlan First = new() { At = new SourcePosition(3, 5), Rules = 0 };
    private static readonly AllowlistStepPlan Second = new() { At = new SourcePosition(6, 5), Rules = 1 };

    [Fact]
    public void A_request_that_a_rule_matches_is_allowed_and_the_rule_is_named()
    {
        var decision = Decide(First, "GET", "https://api.github.com/v1/x");

        Assert.True(decision.Allowed);
        Assert.Equal(new SourcePosition(1, 1), decision.Rule?.At);
    }

    [Theory]
    [InlineData("POST", "https://api.github.com/v1/x", "request_not_allowed")]
    [InlineData("GET", "https://api.github.com/v2", "request_not_allowed")]
    [InlineData("GET", "https://pypi.org/v1/x", "host_not_allowed")]
    [InlineData("GET", "https://10.0.0.1/", "host_not_allowed")]
    public void A_denial_says_whether_the_host_or_the_request_was_the_reason(string method, string url, string reason)
    {
        var decision = Decide(First, method, url);

        Assert.False(decision.Allowed);
        Assert.Equal(reason, decision.Denial?.Code);
        Assert.Null(decision.Rule);
    }

    [Fact]
    public void Without_an_allowlist_nothing_is_allowed()
    {
        var policy = new PlanPolicy(TestPlan.Create());

        Assert.False(policy.HasAllowlist);
        Assert.Same(Reason.NoAllowlist, DecideAllowlists(policy, "api.github.com", out _).Denial);
    }

    [Fact]
    public void A_tunnel_needs_a_rule_of_every_allowlist()
    {
        var policy = new PlanPolicy(TestPlan.Create(First, Second));

        Assert.True(DecideAllowlists(policy, "b.example.com", out var nobody).Allowed);
        Assert.Null(nobody);

        Assert.Same(Reason.HostNotAllowed, DecideAllowlists(policy, "api.github.com", out var decider).Denial);
        Assert.Same(Second, decider);

        Assert.Same(Reason.HostNotAllowed, DecideAllowlists(policy, "10.0.0.1", out decider).Denial);
        Assert.Same(First, decider);
    }

    [Fact]
    public void An_allowlist_that_warns_stops_no_tunnel()
    {
        var policy = new PlanPolicy(TestPlan.Create(First with { Warn = true }));

        Assert.True(DecideAllowlists(policy, "pypi.org", out _).Allowed);
    }

    [Fact]
    public void The_first_allowlist_that_has_a_rule_for_a_tunnel_is_named_even_behind_one_that_warns()
    {
        var host = Canonical.Host("b.example.com");
        var policy = new PlanPolicy(TestPlan.Create(First with { Warn = true, Rules = 1 }, First));
        var api = Canonical.Host("api.github.com");

        Assert.Equal(new SourcePosition(3, 1), DecideAllowlists(policy, host.Text, out _).Rule?.At);
        Assert.Equal(new SourcePosition(1, 1), DecideAllowlists(policy, api.Text, out _).Rule?.At);
    }

    [Fact]
    public void A_tunnel_is_opened_when_some_request_through_it_could_be_allowed()
    {
        var decision = DecideAllowlists(new PlanPolicy(TestPlan.Create(First)), "api.github.com", out _);

        Assert.True(decision.Allowed);
        Assert.Equal(new SourcePosition(1, 1), decision.Rule?.At);
    }

    [Fact]
    public void A_secret_stays_in_its_scope()
    {
        var plan = TestPlan.Create(TestPlan.EveryStep());
        var policy = new PlanPolicy(plan);
        var scoped = ((SecretsStepPlan)plan.Steps[1]).Secrets[0];
        var everywhere = ((SecretsStepPlan)plan.Steps[1]).Secrets[1];

        Assert.True(InScope(policy, scoped, "https://api.github.com/v1/x"));
        Assert.False(InScope(policy, scoped, "https://api.github.com/v2"));
        Assert.False(InScope(policy, scoped, "https://pypi.org/v1/x"));
        Assert.True(InScope(policy, everywhere, "https://pypi.org/"));
    }

    [Fact]
    public void A_secret_does_not_travel_without_TLS_unless_its_entry_says_so()
    {
        var secret = ((SecretsStepPlan)TestPlan.EveryStep()[1]).Secrets[0];

        Assert.True(PlanPolicy.MayTravel(secret, Canonical.Request("GET", "https://api.github.com/")));
        Assert.False(PlanPolicy.MayTravel(secret, Canonical.Request("GET", "http://api.github.com/")));
        Assert.True(PlanPolicy.MayTravel(secret with { AllowPlaintext = true }, Canonical.Request("GET", "http://api.github.com/")));
    }

    [Theory]
    [InlineData(TlsMode.SniOnly, "https://a.test/x", true)]
    [InlineData(TlsMode.SniOnly, "http://a.test/x", false)]
    [InlineData(TlsMode.Mitm, "https://a.test/x", false)]
    public void Without_interception_TLS_hides_all_but_the_destination(TlsMode mode, string url, bool hidden)
    {
        var plan = TestPlan.Create(First);
        var policy = new PlanPolicy(plan with { Tls = plan.Tls with { Mode = mode } });

        var visible = policy.Visible(Canonical.Request("GET", url));

        Assert.Equal(hidden, visible.IsDestination);
        Assert.Equal("a.test", visible.Host.Text);
        Assert.Equal(hidden ? 443 : new Uri(url).Port, visible.Port);
    }

    [Fact]
    public void A_body_that_a_step_must_hold_stays_within_the_limit()
    {
        var policy = new PlanPolicy(TestPlan.Create(First));

        Assert.Null(policy.DecideWholeBody(1));
        Assert.Same(Reason.BodyTooLarge, policy.DecideWholeBody(2));
    }

    [Fact]
    public void Every_reason_has_a_code_of_its_own_and_is_found_by_it()
    {
        Assert.NotEmpty(Reason.All);
        Assert.All(Reason.All, reason =>
        {
            Assert.Same(reason, Reason.Find(reason.Code));
            Assert.Matches("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", reason.Code);
            Assert.True(reason.Status is >= 400 and <= 599 || reason.Sentence.Contains("; the answer is ", StringComparison.Ordinal), $"{reason}: {reason.Status}");
            Assert.NotEmpty(reason.Sentence);
        });
        Assert.Null(Reason.Find("no_such_reason"));
    }

    private static PolicyDecision Decide(AllowlistStepPlan step, string method, string url)
    {
        var policy = new PlanPolicy(TestPlan.Create(step));
        var request = Canonical.Request(method, url);
        return policy.Decide(step, policy.Matcher.FindHost(request.Host), request);
    }

    private static PolicyDecision DecideAllowlists(PlanPolicy policy, string host, out AllowlistStepPlan? decider)
    {
        var canonical = Canonical.Host(host);
        return policy.DecideAllowlists(policy.Matcher.FindHost(canonical), CanonicalRequest.Destination(canonical, 443, client: null), out decider);
    }

    private static bool InScope(PlanPolicy policy, SecretPlan secret, string url)
    {
        var request = Canonical.Request("GET", url);
        return policy.InScope(secret, policy.Matcher.FindHost(request.Host), request, out _);
    }
}
