namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// What holds a workload of the target compose, taken away piece by piece: each is seen by doctor in the workload, or keeps the workload
/// from starting. Where two hold it, both have to go. The sysctls that switch IPv6 off are not here: Docker switches it off as well on a
/// network that has none.
/// </summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeFaultTests(DockerWorld world)
{
    [SkippableTheory]
    [InlineData("network", "/^    internal: true/d; /inhibit_ipv4/d", "hole dns host icmp metadata ports quic tcp udp")]
    [InlineData("resolver", "/^  workload:/,/^networks:/ { /^    dns:/d }", "broken allowed")]
    [InlineData("root", "/^  workload:/,/^networks:/ s/^    user: .*/    user: \"0:0\"/", "hole privileges")]
    [InlineData("rights", "/^  workload:/,/^networks:/ { /cap_drop/d; /security_opt/d }", "note privileges")]
    public async Task A_piece_that_is_missing_is_seen(string name, string edit, string seen)
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, name);
        (await deployment.RunAsync($"cp compose.yaml before.yaml && sed -i '{edit}' compose.yaml && ! cmp -s before.yaml compose.yaml")).OutputOfSuccess();
        (await deployment.UpAsync()).OutputOfSuccess();

        var report = await deployment.AttackAsync();

        var kind = report.Holes.Count > 0 ? "hole" : report.Of("broken").Any() ? "broken" : "note";
        Assert.Equal(seen, $"{kind} {string.Join(' ', report.Of(kind).Select(l => l.Check).Distinct().Order(StringComparer.Ordinal))}");
    }

    [SkippableTheory]
    [InlineData("forward", "/chain forward/,/}/ { /goto/d }", "guard: 172.20.1.254 answered with silence")]
    [InlineData("input", "/chain input/,/}/ { /goto/d }", "guard: 172.20.0.1 answered with bash: connect: Connection refused")]
    [InlineData("answer", "/prot-unreachable/d", "guard: 172.20.0.1 answered with bash: connect: No route to host")]
    public async Task With_nftables_a_rule_that_is_missing_keeps_the_workload_from_starting(string name, string edit, string reason)
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "nft" + name, "enforcement=nftables");
        (await deployment.RunAsync($"cp firewall.nft before.nft && sed -i '{edit}' firewall.nft && ! cmp -s before.nft firewall.nft")).OutputOfSuccess();
        try
        {
            (await deployment.RunAsync($"{world.OnHost} ./firewall.sh up")).OutputOfSuccess();

            var up = await deployment.UpAsync();
            Assert.Contains(reason, (await deployment.ComposeAsync("logs --no-color guard")).Output, StringComparison.Ordinal);
            Assert.NotEqual(0, up.ExitCode);
            Assert.Equal(["proxy"], await deployment.RunningAsync());
        }
        finally
        {
            (await deployment.RunAsync($"{world.OnHost} ./firewall.sh down")).OutputOfSuccess();
        }
    }
}
