namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>Each rule is taken away in turn, of nftables and of iptables, and what else goes wrong with a host.</summary>
public sealed class BaremetalFaultTests(BaremetalWorld world) : IClassFixture<BaremetalWorld>
{
    public static IEnumerable<object[]> Faults =>
    [
        .. BaremetalFaults.Nftables.Select(f => new object[] { "firewall.nft", f.Key, f.Value }),
        .. BaremetalFaults.Iptables.Select(f => new object[] { "firewall.v4", f.Key, f.Value }),
        .. BaremetalFaults.Iptables.Select(f => new object[] { "firewall.v6", f.Key, BaremetalFaults.OnIPv6(f.Key, f.Value) }),
    ];

    [SkippableTheory]
    [MemberData(nameof(Faults))]
    public async Task A_rule_that_is_missing_is_seen(string file, string rules, string seen)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync(file == "firewall.nft" ? "firewall=nftables" : "firewall=iptables");
        await BaremetalFaults.RemoveAsync(host, file, rules);
        await host.LoadAsync();

        Assert.Equal(seen, await host.ObserveAsync());
    }

    [SkippableFact]
    public async Task Every_rule_is_in_the_tables()
    {
        BaremetalWorld.Require();
        await using (var host = await world.DeployAsync("firewall=nftables"))
        {
            await BaremetalFaults.AssertAllAreKnownAsync(host, "nftables", BaremetalFaults.Nftables.Keys);
        }

        await using (var host = await world.DeployAsync("firewall=iptables"))
        {
            await BaremetalFaults.AssertAllAreKnownAsync(host, "iptables", BaremetalFaults.Iptables.Keys);
        }
    }

    [SkippableTheory]
    [InlineData("nftables", "root", "files privileges processes")]
    [InlineData("iptables", BaremetalWorld.ProxyUser, "files processes")]
    public async Task A_workload_that_runs_as_somebody_who_is_not_held_is_seen(string firewall, string user, string more)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall);
        await host.LoadAsync();

        var report = await host.AttackAsync(user);

        Assert.Equal([.. "admin dns icmp ipv6 metadata ports quic tcp udp".Split(' ').Concat(more.Split(' ')).Order(StringComparer.Ordinal)], report.Holes);
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task Without_NET_ADMIN_loading_fails_loudly_and_doctor_sees_what_is_open(string firewall)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall);

        var (exit, _, error) = await host.FirewallAsync("load", withNetAdmin: false);

        Assert.Equal(1, exit);
        Assert.Contains("the rules could not be loaded, and the workload could not be locked: STOP IT, it may reach everything", error, StringComparison.Ordinal);
        Assert.StartsWith("hole admin dns icmp ipv6 metadata ports quic tcp udp", await host.ObserveAsync(), StringComparison.Ordinal);
    }
}

/// <summary>The same for what TPROXY adds, and for the way that packets take with it.</summary>
public sealed class TproxyFaultTests(TproxyWorld world) : IClassFixture<TproxyWorld>
{
    public static IEnumerable<object[]> Faults =>
    [
        .. BaremetalFaults.NftablesTproxy.Select(f => new object[] { "firewall.nft", f.Key, f.Value }),
        .. BaremetalFaults.IptablesTproxy.Select(f => new object[] { "firewall.v4", f.Key, f.Value }),
        .. BaremetalFaults.IptablesTproxy.Select(f => new object[] { "firewall.v6", f.Key, BaremetalFaults.OnIPv6(f.Key, f.Value) }),
    ];

    [SkippableTheory]
    [MemberData(nameof(Faults))]
    public async Task A_rule_that_is_missing_is_seen(string file, string rules, string seen)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync(file == "firewall.nft" ? "firewall=nftables" : "firewall=iptables", "routing=tproxy");
        await BaremetalFaults.RemoveAsync(host, file, rules);
        await host.LoadAsync();

        Assert.Equal(seen, await host.ObserveAsync());
    }

    [SkippableTheory]
    [InlineData("nftables", "-4", "rule del pref 3202")]
    [InlineData("iptables", "-6", "route flush table 3202")]
    public async Task Without_the_way_nothing_leaves_and_the_check_sees_it(string firewall, string family, string command)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "routing=tproxy");
        await host.LoadAsync();
        Assert.Equal(0, (await world.RunAsync("root", ["ip", family, .. command.Split(' ')])).ExitCode);

        Assert.Equal(family == "-4" ? "broken allowed" : "broken ipv6", await host.ObserveAsync());
        Assert.Equal(1, (await host.FirewallAsync("check")).ExitCode);
        Assert.Empty(host.Arrivals);

        await host.LoadAsync();
        await host.AssertHeldAsync();
        Assert.Equal(0, (await host.FirewallAsync("unload")).ExitCode);
        Assert.Equal("", (await world.RunAsync("root", "ip", family, "rule", "show", "pref", "3202")).Output + (await world.RunAsync("root", "ip", family, "route", "show", "table", "3202")).Output);
    }

    [SkippableTheory]
    [InlineData("nftables", 0)]
    [InlineData("iptables", 1)]
    [InlineData("iptables", 2)]
    public async Task The_second_net_holds_what_the_way_would_lose(string firewall, int rule)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "routing=tproxy");
        await BaremetalFaults.RemoveAsync(host, firewall == "nftables" ? "firewall.nft" : "firewall.v4", BaremetalFaults.SecondNet[rule]);
        await host.LoadAsync();
        Assert.Equal(0, (await world.RunAsync("root", "ip", "-4", "rule", "del", "pref", "3202")).ExitCode);

        Assert.Contains("tcp", (await host.AttackAsync()).Holes);
    }

    [SkippableFact]
    public async Task Without_the_capability_the_proxy_does_not_start_and_says_which_it_needs()
    {
        BaremetalWorld.Require();

        // The ports are taken, too, by the proxy of this world: that is not what it stumbles over.
        var (exit, _, error) = await world.RunAsync(
            BaremetalWorld.ProxyUser,
            "bash", "-c", "cd \"$1\" && API_KEY=x exec \"$2\" -plan proxy.plan.json -transparent", "-", world.Folder.FullPath, Doctor.DoctorProcess.Program("iron-proxy"));

        Assert.Equal((1, "iron-proxy: proxy.http_listen cannot take connections to the addresses of others: -transparent needs CAP_NET_RAW or CAP_NET_ADMIN.\n"), (exit, error));
    }

    [SkippableFact]
    public async Task Every_rule_is_in_the_tables()
    {
        BaremetalWorld.Require();
        await using (var host = await world.DeployAsync("firewall=nftables", "routing=tproxy"))
        {
            string[] fewer = ["ip daddr 127.0.0.0/8 tcp dport { 1080, 8053 } accept", "ip6 daddr ::1 tcp dport { 1080, 8053 } accept"];
            await BaremetalFaults.AssertAllAreKnownAsync(host, "nftables", [.. BaremetalFaults.Nftables.Keys, .. BaremetalFaults.NftablesTproxy.Keys, .. BaremetalFaults.SecondNet, .. fewer]);
        }

        await using (var host = await world.DeployAsync("firewall=iptables", "routing=tproxy"))
        {
            await BaremetalFaults.AssertAllAreKnownAsync(host, "iptables", [.. BaremetalFaults.Iptables.Keys, .. BaremetalFaults.IptablesTproxy.Keys, .. BaremetalFaults.SecondNet]);
        }
    }
}
