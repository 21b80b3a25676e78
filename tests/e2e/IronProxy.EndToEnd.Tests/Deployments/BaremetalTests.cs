using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>The rules that are generated for a host, loaded into a kernel and attacked.</summary>
public sealed class BaremetalTests(BaremetalWorld world) : IClassFixture<BaremetalWorld>
{
    [SkippableTheory]
    [InlineData("nftables", "users")]
    [InlineData("nftables", "all")]
    [InlineData("iptables", "users")]
    [InlineData("iptables", "all")]
    public async Task Transparent_routing_allows_what_policy_allows_and_nothing_gets_around_it(string firewall, string scope)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "scope=" + scope);
        await host.LoadAsync();
        await host.AssertHeldAsync();
        Assert.Equal(0, (await host.FirewallAsync("check")).ExitCode);

        // Any address will do: the firewall leads all of them to the proxy.
        Assert.Equal("upstream\n200", await host.CurlAsync("--resolve", "api.example.com:443:192.0.2.99", "https://api.example.com/v1"));
        Assert.Equal("upstream\n200", await host.CurlAsync("--resolve", "six.example.com:443:[2001:db8::99]", "https://six.example.com/v1"));
        Assert.Contains($"Authorization: Bearer {BaremetalWorld.Secret}\r\n", world.Outside.Received.Last(), StringComparison.Ordinal);
        Assert.Equal("upstream\n200", await host.CurlAsync("-x", "http://127.0.0.1:1080", "https://api.example.com/v1"));
        Assert.EndsWith("403", await host.CurlAsync("--resolve", $"attacker.test:443:[{OutsideWorld.ServerV6}]", "https://attacker.test/"), StringComparison.Ordinal);
        foreach (var resolver in new[] { "192.0.2.53", "2001:db8::53" })
        {
            foreach (var transport in new[] { "+notcp", "+tcp" })
            {
                var (_, answer, _) = await world.RunAsync(BaremetalWorld.Workload, "dig", "@" + resolver, transport, "+short", "+tries=1", "+time=5", "anything.test", "A");
                Assert.Equal("127.0.0.1\n", answer);
            }
        }

        Assert.Equal("", await host.ObserveAsync());
        Assert.Empty(host.Arrivals);
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task Connect_routing_leaves_the_tunnel_alone_as_the_way_out(string firewall)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "routing=connect");
        await host.LoadAsync();
        await host.AssertHeldAsync();

        Assert.Equal("upstream\n200", await host.CurlAsync("-x", "socks5h://[::1]:1080", "https://six.example.com/v1"));
        Assert.StartsWith("curl ended with 7", await host.CurlAsync("--resolve", $"api.example.com:443:{OutsideWorld.Server}", "https://api.example.com/"), StringComparison.Ordinal);
        Assert.StartsWith("curl ended with 7", await host.CurlAsync("http://127.0.0.1:8080/"), StringComparison.Ordinal);
        Assert.Empty(host.Arrivals);
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task Ids_that_the_workload_can_take_with_newuidmap_are_held_too(string firewall)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall);
        await host.LoadAsync();
        Assert.NotEmpty((await host.AttackAsync("100042")).Holes);

        await host.LoadAsync("somebody:300000:65536\nnobody:100000:65536\n");
        await host.AssertHeldAsync("100042");
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task A_user_that_does_not_resolve_yet_is_held_by_its_last_known_id(string firewall)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "workload_users=" + BaremetalWorld.DirectoryUser);
        await host.LoadAsync();
        Assert.Equal(0, (await host.FirewallAsync("unload")).ExitCode);

        await host.LoadAsync(hasDirectory: false);

        Assert.Equal(0, (await host.FirewallAsync("check", hasDirectory: false)).ExitCode);
        await host.AssertHeldAsync(BaremetalWorld.DirectoryId);
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task A_user_that_was_never_known_leaves_nobody_from_1000_on_with_network(string firewall)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "workload_users=" + BaremetalWorld.DirectoryUser);

        // A second attempt leaves it so.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var (exit, _, error) = await host.FirewallAsync("load", hasDirectory: false);
            Assert.Equal((1, true), (exit, error.Contains("nobody from id 1000 on has network until there is", StringComparison.Ordinal)));
        }

        foreach (var user in new[] { BaremetalWorld.DirectoryId, "4711" })
        {
            Assert.DoesNotContain((await host.AttackAsync(user)).Holes, check => check != "admin"); // Loopback may be left, and with it the proxy.
        }

        Assert.Empty(host.Arrivals);
        Assert.Equal(1, (await host.FirewallAsync("check", hasDirectory: false)).ExitCode);

        // When it is known, it alone is held.
        await host.LoadAsync();
        await host.AssertHeldAsync(BaremetalWorld.DirectoryId);
        Assert.Contains("tcp", (await host.AttackAsync("4711")).Holes);
    }

    [SkippableTheory]
    [InlineData("nftables", "users")]
    [InlineData("nftables", "all")]
    [InlineData("iptables", "users")]
    [InlineData("iptables", "all")]
    public async Task Who_connects_to_a_workload_that_listens_takes_nothing_out(string firewall, string scope)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "scope=" + scope, "serve_ports=");
        await host.LoadAsync();

        // On this host it answers.
        Assert.Equal("server", await host.ObserveAsync());
    }

    [SkippableTheory]
    [InlineData("nftables", "firewall.nft")]
    [InlineData("iptables", "firewall.v6")]
    public async Task Rules_that_cannot_be_loaded_leave_the_workload_without_network(string firewall, string file)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall);
        await File.AppendAllTextAsync(Path.Combine(host.RulesFolder, file), "this is no rule\n");

        var (exit, _, error) = await host.FirewallAsync("load");

        Assert.Equal((1, true), (exit, error.Contains("the workload has no network until they are", StringComparison.Ordinal)));
        Assert.DoesNotContain((await host.AttackAsync()).Holes, check => check != "admin"); // Loopback may be left, and with it the proxy.
        Assert.Empty(host.Arrivals);
        Assert.Equal(1, (await host.FirewallAsync("check")).ExitCode);
    }

    [SkippableTheory]
    [InlineData("nftables", "nft delete chain inet iron_proxy input")]
    [InlineData("iptables", "ip6tables -D IRON-PROXY-WORKLOAD -j REJECT --reject-with icmp6-adm-prohibited")]
    [InlineData("iptables", "iptables -I OUTPUT 1 -j ACCEPT")]
    public async Task The_check_sees_what_was_done_to_the_rules_and_loading_repairs_it(string firewall, string damage)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall);
        await host.LoadAsync();
        Assert.Equal(0, (await world.RunAsync("root", damage.Split(' '))).ExitCode);
        Assert.Equal(1, (await host.FirewallAsync("check")).ExitCode);

        await host.LoadAsync();
        Assert.Equal(0, (await host.FirewallAsync("check")).ExitCode);
        await host.AssertHeldAsync();

        Assert.Equal(0, (await host.FirewallAsync("unload")).ExitCode);
        Assert.Equal(["admin", "dns", "icmp", "ipv6", "metadata", "ports", "quic", "tcp", "udp"], (await host.AttackAsync()).Holes);
    }
}
