using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>The variant that hands connections over with the address that was dialled.</summary>
public sealed class BaremetalTproxyTests(TproxyWorld world) : IClassFixture<TproxyWorld>
{
    [SkippableTheory]
    [InlineData("nftables", "users")]
    [InlineData("nftables", "all")]
    [InlineData("iptables", "users")]
    [InlineData("iptables", "all")]
    public async Task Tproxy_allows_what_policy_allows_and_nothing_gets_around_it(string firewall, string scope)
    {
        BaremetalWorld.Require();
        await using var host = await world.DeployAsync("firewall=" + firewall, "scope=" + scope, "routing=tproxy");
        await host.LoadAsync();
        await host.AssertHeldAsync();
        Assert.Equal("", await host.ObserveAsync());
        Assert.Equal(0, (await host.FirewallAsync("check")).ExitCode);

        Assert.Equal("upstream\n200", await host.CurlAsync("--resolve", "api.example.com:443:192.0.2.99", "https://api.example.com/v1"));
        Assert.Equal("upstream\n200", await host.CurlAsync("--resolve", "six.example.com:443:[2001:db8::99]", "https://six.example.com/v1"));
        Assert.EndsWith("403", await host.CurlAsync("--resolve", $"attacker.test:443:[{OutsideWorld.ServerV6}]", "https://attacker.test/"), StringComparison.Ordinal);
        Assert.Empty(host.Arrivals);
    }
}
