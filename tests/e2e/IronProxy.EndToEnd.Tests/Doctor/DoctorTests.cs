namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>The real doctor beside a real proxy: it finds nothing where all is closed, and exactly what a test has left open.</summary>
public sealed class DoctorTests
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closed_host_has_no_hole_and_lets_through_what_is_allowed(bool transparent)
    {
        await using var world = await DoctorWorld.StartAsync(transparent);

        var report = await world.ExamineAsync();

        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Empty(report.Holes);
        string[] works = ["GET https://api.example.com/v1/x", "TLS to api.example.com"];
        Assert.Equal(transparent ? [.. works, "TLS to api.example.com through 10.77.0.1:8888"] : works, report.Of("works").Select(l => l.Target));
        Assert.Contains(world.Outside.Received, head => head.Contains($"X-Api-Key: {DoctorWorld.RealKey}\r\n", StringComparison.Ordinal));
        Assert.Contains(report.Of("closed"), l => l is { Check: "denied", Target: "GET https://attacker.test/" });
    }

    [SkippableFact]
    public async Task A_connection_that_is_redirected_to_the_proxy_is_not_taken_for_a_hole()
    {
        await using var world = await DoctorWorld.StartAsync(transparent: true);

        var report = await world.ExamineAsync();

        foreach (var target in new[] { "198.51.100.10:80", "198.51.100.10:443", "[2001:db8:20::10]:80", "169.254.169.254:80", "dns udp 198.51.100.10:53", "dns tcp 198.51.100.10:53" })
        {
            Assert.Contains(report.Lines, l => l.Target == target && l.Verdict == "closed" && l.Detail.StartsWith("intercepted: ", StringComparison.Ordinal));
        }
    }

    [SkippableFact]
    public async Task Without_rules_every_way_out_is_named()
    {
        await using var world = await DoctorWorld.StartAsync(firewall: false);

        var report = await world.ExamineAsync();

        Assert.Equal(1, report.ExitCode);
        Assert.Equal(["admin", "dns", "ipv6", "metadata", "names", "ports", "quic", "tcp", "udp"], report.Holes);
        Assert.All(report.Of("hole"), l => Assert.False(string.IsNullOrEmpty(l.Remedy), l.ToString()));
    }

    public static TheoryData<string, string> Holes => new()
    {
        { "ip6 daddr 2000::/3 accept\nicmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept", "ipv6" },
        { "meta nfproto ipv4 udp dport 443 accept", "quic" },
        { "meta nfproto ipv4 tcp dport 53 accept", "dns" },
        { "meta nfproto ipv4 tcp dport 853 accept", "dns" },
        { "ip daddr 169.254.169.254 accept", "metadata" },
        { "meta nfproto ipv4 tcp dport 8443 accept", "ports" },
        { "meta nfproto ipv4 tcp dport 443 accept", "tcp" },
        { "tcp dport 9090 accept", "admin" },
    };

    [SkippableTheory]
    [MemberData(nameof(Holes))]
    public async Task One_rule_too_many_is_one_hole(string rule, string check)
    {
        await using var world = await DoctorWorld.StartAsync(holes: rule);

        var report = await world.ExamineAsync();

        Assert.Equal(1, report.ExitCode);
        Assert.Equal([check], report.Holes);
        Assert.Empty(report.Of("broken"));
    }

    [SkippableFact]
    public async Task A_resolver_that_may_be_reached_carries_data_in_names()
    {
        await using var world = await DoctorWorld.StartAsync(holes: "meta nfproto ipv4 udp dport 53 accept");

        Assert.Equal(["dns", "names"], (await world.ExamineAsync()).Holes);
    }

    [SkippableFact]
    public async Task A_hole_beside_redirection_is_found_as_well()
    {
        // The proxy's rules are all there; one accepts the address before it comes to them.
        await using var world = await DoctorWorld.StartAsync(transparent: true, holes: "meta nfproto ipv4 tcp dport 8443 ct status != dnat accept");

        Assert.Equal(["ports"], (await world.ExamineAsync()).Holes);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_policy_that_only_warns_lets_every_name_through(bool transparent)
    {
        await using var world = await DoctorWorld.StartAsync(transparent, warn: true);

        var report = await world.ExamineAsync();

        Assert.Equal(["denied", "proxy"], report.Holes);
    }

    [SkippableFact]
    public async Task Echoes_that_come_back_are_found()
    {
        await using var world = await DoctorWorld.StartAsync(holes: "ip protocol icmp accept");
        world.AllowPingSockets();

        Assert.Equal(["icmp"], (await world.ExamineAsync()).Holes);
    }

    [SkippableFact]
    public async Task Root_is_found_with_what_it_can_read()
    {
        await using var world = await DoctorWorld.StartAsync();

        var report = await world.ExamineAsync(user: "root", []);

        Assert.Equal(["files", "privileges", "processes"], report.Holes);
        Assert.Contains(report.Of("hole"), l => l is { Check: "privileges", Target: "user" });
        Assert.Contains(report.Of("hole"), l => l is { Check: "privileges", Target: "capabilities" } && l.Detail.Contains("CAP_NET_ADMIN", StringComparison.Ordinal));
        Assert.DoesNotContain(DoctorWorld.RealKey, report.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_key_that_everybody_can_read_is_found()
    {
        await using var world = await DoctorWorld.StartAsync();
        File.SetUnixFileMode(world.CaKey, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        var report = await world.ExamineAsync();

        Assert.Equal(["files"], report.Holes);
        Assert.DoesNotContain("PRIVATE KEY", report.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task NO_PROXY_that_leads_around_the_proxy_is_found()
    {
        await using var world = await DoctorWorld.StartAsync();

        var report = await world.ExamineAsync(("NO_PROXY", "localhost,127.0.0.1,.internal.test"), ("HTTPS_PROXY", "http://127.0.0.1:8888"));

        Assert.Equal(["proxy-variables"], report.Holes);
        Assert.Contains(report.Of("hole"), l => l.Target == "NO_PROXY" && l.Detail.EndsWith(" .internal.test", StringComparison.Ordinal));
        Assert.Contains(report.Of("closed"), l => l is { Check: "proxy-variables", Target: "HTTPS_PROXY" });
    }

    [SkippableFact]
    public async Task A_real_secret_in_the_workloads_environment_is_found_and_not_printed()
    {
        await using var world = await DoctorWorld.StartAsync();

        var report = await world.ExamineAsync(("API_KEY", "a-value-nobody-should-see"));

        Assert.Equal(["environment"], report.Holes);
        Assert.DoesNotContain("a-value-nobody-should-see", report.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_allowed_request_that_does_not_work_is_no_hole_and_a_failure_all_the_same()
    {
        await using var world = await DoctorWorld.StartAsync();

        var report = await world.ExamineAsync(["--expect-allowed", "https://attacker.test/"]);

        Assert.Equal(1, report.ExitCode);
        Assert.Empty(report.Holes);
        Assert.Equal("GET https://attacker.test/", Assert.Single(report.Of("broken")).Target);
    }
}
