using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Plan.Matching;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class SpaceComparerTests
{
    [Fact]
    public void Ports_that_nobody_names_are_alike()
    {
        var difference = Compare(Rule("a.test"), Rule("a.test", ports: [443, 8443]));

        var slices = Assert.Single(difference).Slices;
        var slice = Assert.Single(slices);
        Assert.Equal("any but 443, 8443", Text(slice.Ports));
        Assert.Equal(["http", "https"], slice.Schemes.AsEnumerable());
        Assert.DoesNotContain(slice.Witness.Port, (int[])[443, 8443]);
    }

    [Fact]
    public void A_port_more_is_one_slice_with_that_port()
    {
        var slice = Assert.Single(Assert.Single(Compare(Rule("a.test", ports: [80, 443]), Rule("a.test", ports: [443]))).Slices);

        Assert.Equal("80", Text(slice.Ports));
        Assert.Equal(80, slice.Witness.Port);
    }

    [Fact]
    public void Ports_that_split_a_rule_make_no_difference()
    {
        var whole = Rule("a.test", ports: [80, 443], methods: ["GET", "POST"]);

        Assert.Empty(Compare(
            [whole],
            [Rule("a.test", ports: [80], methods: ["POST"]), Rule("a.test", ports: [443], methods: ["GET", "POST"]), Rule("a.test", ports: [80], methods: ["GET"])]));
    }

    [Fact]
    public void A_scheme_more_is_one_slice_with_that_scheme()
    {
        var slice = Assert.Single(Assert.Single(Compare(Rule("a.test"), Rule("a.test", schemes: ["https"]))).Slices);

        Assert.Equal(["http"], slice.Schemes.AsEnumerable());
        Assert.Equal("GET http://a.test/", $"{slice.Witness}");
    }

    [Fact]
    public void Both_schemes_written_out_are_any_scheme() =>
        Assert.Empty(Compare(Rule("a.test"), Rule("a.test", schemes: ["http", "https"])));

    [Fact]
    public void Named_ports_never_are_any_port() =>
        Assert.NotEmpty(Compare(Rule("a.test"), Rule("a.test", ports: [.. Enumerable.Range(1, 1000)])));

    [Fact]
    public void Every_method_that_has_a_name_is_less_than_any_method()
    {
        var slice = Assert.Single(Assert.Single(Compare(Rule("a.test"), Rule("a.test", methods: [.. Plan.RequestMethod.Names]))).Slices);

        Assert.True(slice.Methods.Except);
        Assert.Equal("OTHER1 https://a.test/", $"{slice.Witness}");
    }

    [Fact]
    public void Methods_with_other_paths_are_slices_of_their_own()
    {
        var difference = Assert.Single(Compare(
            [Rule("a.test", methods: ["GET", "HEAD"], paths: ["/a", "/b"]), Rule("a.test", methods: ["PUT"], paths: ["/c"])],
            [Rule("a.test", methods: ["GET", "HEAD"], paths: ["/b"])]));

        Assert.Equal(["GET HEAD /a", "PUT /c"], difference.Slices.Select(s => $"{string.Join(' ', s.Methods.Items)} {string.Join(' ', s.Paths)}"));
    }

    [Fact]
    public void A_witness_has_path_and_port_of_one_and_the_same_request()
    {
        // At both ports the pattern /a* brings more, but at 443 not the path /a.
        var slice = Assert.Single(Assert.Single(Compare(
            [Rule("a.test", paths: ["/a*"], schemes: ["https"], ports: [443, 8443])],
            [Rule("a.test", paths: ["/a"], ports: [443])])).Slices);

        Assert.Equal("443, 8443", Text(slice.Ports));
        Assert.Equal("GET https://a.test/ax", $"{slice.Witness}");
    }

    [Fact]
    public void Hosts_that_change_alike_are_one_group()
    {
        var difference = Compare([Rule("a.test"), Rule("*.b.test"), Rule("c.test", methods: ["GET"])], [Rule("d.test")]);

        Assert.Equal(["*.b.test a.test", "c.test"], difference.Select(d => string.Join(' ', d.Hosts)));
    }

    [Fact]
    public void A_host_that_wider_patterns_cover_together_is_no_difference() =>
        Assert.Empty(Compare([Rule("x.a.test", methods: ["GET", "PUT"])], [Rule("*.a.test", methods: ["PUT"]), Rule("x*.a.test", methods: ["GET"])]));

    [Fact]
    public void Ten_thousand_rules_are_not_compared_all_with_all() => ProcessorTime.AssertInProportion(10_000, count =>
    {
        var old = Enumerable.Range(0, count).Select(i => Rule($"api{i}.team{i % 97}.example.com", methods: ["GET"], paths: [$"/v{i % 7}/*"])).ToArray();
        var changed = old.Reverse().Select((r, i) => i % 100 == 0 ? r with { When = r.When with { Methods = ["POST"] } } : r)
            .Append(Rule("db-*.team1.example.com")).ToArray();
        return () => Assert.Equal((count + 99) / 100, Compare(changed, old).Where(d => d.Slices[0].Methods.Items.Contains("POST")).Sum(d => d.Hosts.Length));
    });

    [Fact]
    public void Thousands_of_paths_of_one_host_are_not_compared_all_with_all() => ProcessorTime.AssertInProportion(5_000, count =>
    {
        var old = Enumerable.Range(0, count).Select(i => Rule("a.test", methods: ["GET"], paths: [$"/v1/*/items/x{i}", $"/u{i}/*"])).ToArray();
        return () =>
        {
            var slice = Assert.Single(Assert.Single(Compare([.. old.Reverse(), Rule("a.test", methods: ["GET"], paths: ["/v1/*/items/y"])], old)).Slices);
            Assert.Equal(["/v1/*/items/y"], slice.Paths.AsEnumerable());
        };
    });

    [Fact]
    public void A_rule_for_some_clients_is_less_than_one_for_everybody_and_those_who_are_not_known_show_it()
    {
        var slice = Assert.Single(Assert.Single(Compare(Rule("a.test"), Rule("a.test", clients: ["ci", "agent"]))).Slices);

        Assert.True(slice.Clients.Except);
        Assert.Equal(["agent", "ci"], slice.Clients.Items.AsEnumerable());
        Assert.Null(slice.Witness.Client);
        Assert.Empty(Compare(Rule("a.test", clients: ["ci"]), Rule("a.test")));
    }

    [Fact]
    public void A_client_more_is_one_slice_with_that_client()
    {
        var slice = Assert.Single(Assert.Single(Compare(Rule("a.test", clients: ["ci", "agent"]), Rule("a.test", clients: ["ci"]))).Slices);

        Assert.Equal((false, "agent", "agent"), (slice.Clients.Except, Assert.Single(slice.Clients.Items), slice.Witness.Client));
    }

    private static ImmutableArray<SpaceDifference> Compare(RequestRule rule, RequestRule without) => Compare([rule], [without]);

    private static ImmutableArray<SpaceDifference> Compare(RequestRule[] rules, RequestRule[] without)
    {
        var (space, other) = (RequestSpace.Of(rules), RequestSpace.Of(without));
        return new SpaceComparer([space, other]).Difference(space, other);
    }

    private static RequestRule Rule(string host, int[]? ports = null, string[]? schemes = null, string[]? methods = null, string[]? paths = null, string[]? clients = null) => new(
        HostPattern.Parse(host),
        null,
        new RequestBox { Ports = ports?.ToImmutableArray(), Schemes = schemes?.ToImmutableArray(), Methods = methods?.ToImmutableArray(), Paths = paths?.ToImmutableArray(), Clients = clients?.ToImmutableArray() });

    private static string Text(Choice<int> choice) => (choice.Except ? "any but " : "") + string.Join(", ", choice.Items);
}
