using System.Diagnostics;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class WitnessJudgeTests
{
    [Fact]
    public void A_witness_that_the_matcher_does_not_confirm_is_a_fault_of_ours()
    {
        var judge = new WitnessJudge(Compile.Plan("transforms: [{name: allowlist, config: {domains: [a.test]}}]"));
        var (allowed, denied) = (SmallPolicies.Request("GET https://a.test/"), SmallPolicies.Request("GET https://b.test/"));

        WitnessJudge.Confirm(judge.Reaches(allowed), allowed);
        Assert.Throws<UnreachableException>(() => WitnessJudge.Confirm(judge.Reaches(denied), denied));
    }

    [Fact]
    public void A_witness_that_is_no_request_is_a_fault_of_ours() =>
        Assert.Throws<UnreachableException>(() => WitnessJudge.Request(SmallPolicies.Request("GET https://a.test/") with { Path = "/a/../b" }));

    [Fact]
    public void An_IPv6_host_has_brackets_and_a_port_of_the_scheme_is_left_out()
    {
        Assert.Null(CanonicalHost.TryCreateFromText("2001:db8::1", out var host));

        Assert.Equal("GET https://[2001:db8::1]/", $"{new RequestWitness("GET", "https", host, 443, "/")}");
        Assert.Equal("GET http://[2001:db8::1]:443/", $"{new RequestWitness("GET", "http", host, 443, "/")}");
    }
}
