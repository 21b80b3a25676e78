using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Differences;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class PlanComparerTests
{
    [Fact]
    public void A_difference_is_found_exactly_where_trying_every_request_finds_one()
    {
        var property = Prop.ForAll(SmallPolicies.Policies.ToArbitrary(), SmallPolicies.Policies.ToArbitrary(), (a, b) =>
        {
            var (old, @new) = (SmallPolicies.Compile(a), SmallPolicies.Compile(b));
            var (oldJudge, newJudge) = (new WitnessJudge(old), new WitnessJudge(@new));
            var difference = PlanComparer.Compare(old, @new);
            foreach (var request in SmallPolicies.Requests)
            {
                var (before, after) = (oldJudge.Reaches(request), newJudge.Reaches(request));
                Assert.True(before || !after || Covers(difference.Reachable, request), $"{request} opens\n{a}\n{b}");
                Assert.True(after || !before || Covers(difference.Unreachable, request), $"{request} closes\n{a}\n{b}");
            }

            Assert.All(difference.Reachable, d => AssertWitnesses(d, w => newJudge.Reaches(w) && !oldJudge.Reaches(w)));
            Assert.All(difference.Unreachable, d => AssertWitnesses(d, w => oldJudge.Reaches(w) && !newJudge.Reaches(w)));
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), property);
    }

    [Fact]
    public void A_secret_can_go_to_new_places_exactly_where_trying_every_request_finds_one()
    {
        var property = Prop.ForAll(SmallPolicies.Policies.ToArbitrary(), SmallPolicies.Policies.ToArbitrary(), (a, b) =>
        {
            var (old, @new) = (SmallPolicies.Compile(a), SmallPolicies.Compile(b));
            var (oldJudge, newJudge) = (new WitnessJudge(old), new WitnessJudge(@new));
            var difference = PlanComparer.Compare(old, @new);
            var keys = old.CredentialUses.Concat(@new.CredentialUses).SelectMany(u => u.Names, (u, name) => (name, u.Mode)).Distinct();
            foreach (var (name, mode) in keys)
            {
                var (before, after) = (Entries(old, name, mode), Entries(@new, name, mode));
                var found = difference.Secrets.FirstOrDefault(s => s.Name == name && s.Mode == mode);
                foreach (var request in SmallPolicies.Requests)
                {
                    var (sent, sends) = (oldJudge.Sends(before, request), newJudge.Sends(after, request));
                    Assert.True(sent || !sends || Covers(found?.Sendable ?? [], request), $"{name} opens at {request}\n{a}\n{b}");
                    Assert.True(sends || !sent || Covers(found?.NoLongerSendable ?? [], request), $"{name} closes at {request}\n{a}\n{b}");
                }

                Assert.All(found?.Sendable ?? [], d => AssertWitnesses(d, w => newJudge.Sends(after, w) && !oldJudge.Sends(before, w)));
                Assert.All(found?.NoLongerSendable ?? [], d => AssertWitnesses(d, w => oldJudge.Sends(before, w) && !newJudge.Sends(after, w)));
            }
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), property);
    }

    [Fact]
    public void A_policy_does_not_differ_from_itself()
    {
        var property = Prop.ForAll(SmallPolicies.Policies.ToArbitrary(), policy => PlanComparer.Compare(SmallPolicies.Compile(policy), SmallPolicies.Compile(policy)).IsEmpty);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), property);
    }

    private static CredentialUse[] Entries(ProxyPlan plan, string name, string mode) =>
        [.. plan.CredentialUses.Where(u => u.Names.Contains(name) && u.Mode == mode)];

    /// <summary>Each slice shows a request that is in it, at a host of the group, and that the matcher sees differ.</summary>
    private static void AssertWitnesses(SpaceDifference difference, Func<RequestWitness, bool> differs)
    {
        Assert.NotEmpty(difference.Slices);
        foreach (var slice in difference.Slices)
        {
            Assert.True(differs(slice.Witness), $"{slice.Witness}");
            Assert.True(Covers([difference with { Slices = [slice] }], slice.Witness), $"{slice.Witness}");
        }
    }

    /// <summary>Whether a difference speaks of the request: of its host's pattern, its method, and a pattern of its path.</summary>
    private static bool Covers(IEnumerable<SpaceDifference> differences, RequestWitness request) =>
        differences.Any(d => d.Hosts.Any(h => Matches(h, request.Host)) && d.Slices.Any(s => Admits(s, request)));

    private static bool Matches(string place, CanonicalHost host) => System.Net.IPNetwork.TryParse(place, out var network)
        ? host.Address is { } address && network.Contains(address)
        : HostPattern.Parse(place).Matches(host.Text);

    private static bool Admits(SpaceSlice slice, RequestWitness request) =>
        slice.Schemes.Contains(request.Scheme)
        && slice.Methods.Items.Contains(request.Method) != slice.Methods.Except
        && slice.Ports.Items.Contains(request.Port) != slice.Ports.Except
        && (request.Client is { } client && slice.Clients.Items.Contains(client)) != slice.Clients.Except
        && (slice.Paths.IsEmpty || slice.Paths.Any(p => new PathPattern(p).Matches(request.Path)));
}
