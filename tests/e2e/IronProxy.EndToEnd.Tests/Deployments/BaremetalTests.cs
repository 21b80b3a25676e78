namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>The rules that are generated for a host, loaded into a kernel and attacked.</summary>
public sealed class BaremetalTests
{
    [SkippableTheory]
    [InlineData("nftables", "users")]
    [InlineData("nftables", "all")]
    [InlineData("iptables", "users")]
    [InlineData("iptables", "all")]
    public async Task Transparent_routing_allows_what_policy_allows_and_nothing_gets_around_it(string firewall, string scope)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall, "scope=" + scope);
        Assert.NotEmpty(await host.AttackAsync()); // The world is reachable, so that the silence below means something.
        await host.LoadAsync();

        // Any address will do: the firewall leads all of them to the proxy.
        Assert.Equal("ok\n200", await host.CurlAsync("--resolve", "api.example.com:443:203.0.113.99", "https://api.example.com/v1"));
        Assert.Contains($"Authorization: Bearer {BaremetalWorld.Secret}\r\n", host.World.Requests[^1], StringComparison.Ordinal);
        Assert.Equal("ok\n200", await host.CurlAsync("--resolve", "six.example.com:443:[2001:db8::99]", "https://six.example.com/v1"));
        Assert.Contains($"Authorization: Bearer {BaremetalWorld.Secret}\r\n", host.World.Requests[^1], StringComparison.Ordinal);
        Assert.Equal("ok\n200", await host.CurlAsync("-x", "http://127.0.0.1:1080", "https://api.example.com/v1"));
        foreach (var blocked in new[] { "--resolve=attacker.test:443:203.0.113.10", "--resolve=attacker.test:443:[2001:db8::10]", "--resolve=attacker.test:443:127.0.0.1" })
        {
            Assert.EndsWith("403", await host.CurlAsync([.. blocked.Split('=', 2), "https://attacker.test/"]), StringComparison.Ordinal);
        }

        foreach (var resolver in new[] { "192.0.2.53", "2001:db8::53" })
        {
            foreach (var transport in new[] { "+notcp", "+tcp" })
            {
                var (_, answer, _) = await host.Host.RunAsync(BaremetalWorld.Workload, "dig", "@" + resolver, transport, "+short", "+tries=1", "+time=5", "anything.test", "A");
                Assert.Equal("127.0.0.1\n", answer);
            }
        }

        Assert.Empty(await host.AttackAsync());
        foreach (var port in new[] { 8080, 8443, 1080, 8053 })
        {
            Assert.False(await host.IsReachedFromOutsideAsync(port), $"port {port} is open to other hosts");
        }

        Assert.Equal(0, (await host.FirewallAsync("check")).ExitCode);
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task Connect_routing_leaves_the_tunnel_alone_as_the_way_out(string firewall)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall, "routing=connect");
        await host.LoadAsync();

        Assert.Equal("ok\n200", await host.CurlAsync("-x", "http://127.0.0.1:1080", "https://api.example.com/v1"));
        Assert.Contains($"Authorization: Bearer {BaremetalWorld.Secret}\r\n", host.World.Requests[^1], StringComparison.Ordinal);
        Assert.Equal("ok\n200", await host.CurlAsync("-x", "socks5h://[::1]:1080", "https://api.example.com/v1"));
        Assert.Contains("403", await host.CurlAsync("-x", "http://127.0.0.1:1080", "https://attacker.test/"), StringComparison.Ordinal);
        Assert.StartsWith("curl ended with 7", await host.CurlAsync("--resolve", "api.example.com:443:203.0.113.10", "https://api.example.com/"), StringComparison.Ordinal);
        Assert.StartsWith("curl ended with 7", await host.CurlAsync("http://127.0.0.1:8080/"), StringComparison.Ordinal);
        Assert.Empty(await host.AttackAsync());
    }

    [SkippableTheory]
    [InlineData("nftables", "firewall.nft", "counter reject with icmpx admin-prohibited")]
    [InlineData("nftables", "firewall.nft", "udp dport 53 redirect to :8053\n        tcp dport 53 redirect to :8053")]
    [InlineData("iptables", "firewall.v4", "-A IRON-PROXY-WORKLOAD -j REJECT --reject-with icmp-admin-prohibited")]
    [InlineData("iptables", "firewall.v6", "-A IRON-PROXY-WORKLOAD -j REJECT --reject-with icmp6-adm-prohibited")]
    public async Task A_rule_that_is_missing_is_found(string firewall, string file, string rule)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall);
        var path = Path.Combine(host.RulesFolder, file);
        var text = await File.ReadAllTextAsync(path);
        Assert.Contains(rule, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(rule, "", StringComparison.Ordinal));
        await host.LoadAsync();

        var (_, answer, _) = await host.Host.RunAsync(BaremetalWorld.Workload, "dig", "@192.0.2.53", "+short", "+tries=1", "+time=1", "anything.test", "A");
        Assert.True((await host.AttackAsync()).Count > 0 || answer != "127.0.0.1\n", "nothing noticed that a rule was missing");
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task A_workload_that_runs_as_root_is_found(string firewall)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall);
        await host.LoadAsync();
        Assert.NotEmpty(await host.AttackAsync("root"));
    }

    [SkippableTheory]
    [InlineData("nftables")]
    [InlineData("iptables")]
    public async Task Ids_that_the_workload_can_take_with_newuidmap_are_held_too(string firewall)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall);
        await host.LoadAsync();
        Assert.NotEmpty(await host.AttackAsync("100042"));

        await host.LoadAsync("somebody:300000:65536\nnobody:100000:65536\n");
        Assert.Empty(await host.AttackAsync("100042"));
        Assert.Empty(await host.AttackAsync());
    }

    [SkippableTheory]
    [InlineData("nftables", "firewall.nft")]
    [InlineData("iptables", "firewall.v6")]
    public async Task Rules_that_cannot_be_loaded_leave_the_workload_without_network(string firewall, string file)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall);
        await File.AppendAllTextAsync(Path.Combine(host.RulesFolder, file), "this is no rule\n");

        var (exit, _, error) = await host.FirewallAsync("load");

        Assert.Equal((1, true), (exit, error.Contains("the workload has no network until they are", StringComparison.Ordinal)));
        Assert.DoesNotContain(await host.AttackAsync(), h => !h.StartsWith("answered: the proxy's metrics", StringComparison.Ordinal));
        Assert.Equal(1, (await host.FirewallAsync("check")).ExitCode);
    }

    [SkippableTheory]
    [InlineData("nftables", "nft delete chain inet iron_proxy input")]
    [InlineData("iptables", "ip6tables -D IRON-PROXY-WORKLOAD -p udp --dport 443 -j REJECT --reject-with icmp6-port-unreachable")]
    [InlineData("iptables", "iptables -I OUTPUT 1 -j ACCEPT")]
    public async Task The_check_sees_what_was_done_to_the_rules_and_loading_repairs_it(string firewall, string damage)
    {
        BaremetalWorld.Require(firewall);
        await using var host = await BaremetalWorld.StartAsync("firewall=" + firewall);
        await host.LoadAsync();
        Assert.Equal(0, (await host.Host.RunAsync("root", damage.Split(' '))).ExitCode);
        Assert.Equal(1, (await host.FirewallAsync("check")).ExitCode);

        await host.LoadAsync();
        Assert.Equal(0, (await host.FirewallAsync("check")).ExitCode);
        Assert.Empty(await host.AttackAsync());

        Assert.Equal(0, (await host.FirewallAsync("unload")).ExitCode);
        Assert.NotEmpty(await host.AttackAsync());
    }
}
