namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// What is seen when a rule is missing, for each rule that is generated, in the words of <see cref="BaremetalDeployment.ObserveAsync"/>:
/// holes and what is broken by ironc doctor; for rules that are about other machines, what those see. A rule whose absence nobody
/// notices does not belong into the deployment. What is amiss with IPv4 hides what is with IPv6, so that iptables and ip6tables are
/// tried one after the other.
/// </summary>
internal static class BaremetalFaults
{
    private const string Open = "hole admin dns icmp ipv6 ports quic udp; outside 7777/udp 7777/udp/6 7778 7778/6 7778/udp 7778/udp/6";
    private const string OpenV4 = "hole admin dns icmp ports quic udp; outside 7777/udp 7778 7778/udp";
    private const string OutsideV4 = "outside 1080 8053 8080 8443";

    /// <summary>Rules of firewall.nft, redirecting.</summary>
    public static IReadOnlyDictionary<string, string> Nftables { get; } = new Dictionary<string, string>
    {
        ["meta skuid @workload goto divert"] = "broken allowed",
        ["udp dport 53 redirect to :8053"] = "broken allowed",
        ["tcp dport 53 redirect to :8053"] = "broken names",
        ["tcp dport 80 redirect to :8080"] = "broken allowed",
        ["tcp dport 443 redirect to :8443"] = "broken allowed",
        ["meta skuid @workload goto workload"] = Open,
        ["oifname \"lo\" ct direction reply ct state established accept"] = "local",
        ["tcp sport { 7777 } ct direction reply ct state established accept"] = "server",
        ["ip daddr 127.0.0.0/8 tcp dport { 1080, 8053, 8080, 8443 } accept"] = "broken allowed names",
        ["ip6 daddr ::1 tcp dport { 1080, 8053, 8080, 8443 } accept"] = "broken ipv6; tunnel6",
        ["ip daddr 127.0.0.0/8 udp dport 8053 accept"] = "broken allowed",
        ["ip6 daddr ::1 udp dport 8053 accept"] = "broken ipv6",
        ["counter reject with icmpx admin-prohibited"] = Open,
        ["iifname != \"lo\" tcp dport { 1080, 8053, 8080, 8443 } counter drop"] = "outside 1080 1080/6 8053 8053/6 8080 8080/6 8443 8443/6",
        ["iifname != \"lo\" udp dport 8053 counter drop"] = "outside 8053/udp 8053/udp/6",
        ["oifname != \"lo\" ip daddr 127.0.0.0/8 counter drop"] = "strays",
        ["oifname != \"lo\" ip6 daddr ::1 counter drop"] = "strays6",
    };

    /// <summary>Rules that routing=tproxy adds to firewall.nft. What leaves without its way is a test of its own.</summary>
    public static IReadOnlyDictionary<string, string> NftablesTproxy { get; } = new Dictionary<string, string>
    {
        ["meta skuid @workload goto web"] = "broken allowed",
        ["tcp dport { 80, 443 } meta mark set 0x3202"] = "broken allowed",
        ["iifname \"lo\" meta mark 0x3202 goto listeners"] = "broken allowed",
        ["meta nfproto ipv4 tcp dport 80 tproxy ip to 127.0.0.1:8080 accept"] = "broken allowed",
        ["meta nfproto ipv4 tcp dport 443 tproxy ip to 127.0.0.1:8443 accept"] = "broken allowed",
        ["meta nfproto ipv6 tcp dport 80 tproxy ip6 to [::1]:8080 accept"] = "broken ipv6",
        ["meta nfproto ipv6 tcp dport 443 tproxy ip6 to [::1]:8443 accept"] = "broken ipv6",
        ["meta mark 0x3202 accept"] = "broken allowed",
    };

    /// <summary>Rules of firewall.v4, redirecting; those of firewall.v6 are seen as <see cref="OnIPv6"/> says. Those about other machines go at once: their ports tell them apart.</summary>
    public static IReadOnlyDictionary<string, string> Iptables { get; } = new Dictionary<string, string>
    {
        ["#each -A IRON-PROXY-ROUTE -m owner --uid-owner IDS -j IRON-PROXY-DIVERT"] = "broken allowed",
        ["-A IRON-PROXY-DIVERT -p udp --dport 53 -j REDIRECT --to-ports 8053"] = "broken allowed",
        ["-A IRON-PROXY-DIVERT -p tcp --dport 53 -j REDIRECT --to-ports 8053"] = "broken names",
        ["-A IRON-PROXY-DIVERT -p tcp --dport 80 -j REDIRECT --to-ports 8080"] = "broken allowed",
        ["-A IRON-PROXY-DIVERT -p tcp --dport 443 -j REDIRECT --to-ports 8443"] = "broken allowed",
        ["#each -A IRON-PROXY-OUT -m owner --uid-owner IDS -j IRON-PROXY-WORKLOAD"] = OpenV4,
        ["-A IRON-PROXY-WORKLOAD -o lo -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT"] = "local",
        ["-A IRON-PROXY-WORKLOAD -p tcp --sport 7777 -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT"] = "server",
        ["-A IRON-PROXY-WORKLOAD -d LOOPBACK -p tcp --dport 1080 -j ACCEPT"] = "broken allowed",
        ["-A IRON-PROXY-WORKLOAD -d LOOPBACK -p tcp --dport 8053 -j ACCEPT"] = "broken names",
        ["-A IRON-PROXY-WORKLOAD -d LOOPBACK -p tcp --dport 8080 -j ACCEPT"] = "broken allowed",
        ["-A IRON-PROXY-WORKLOAD -d LOOPBACK -p tcp --dport 8443 -j ACCEPT"] = "broken allowed",
        ["-A IRON-PROXY-WORKLOAD -d LOOPBACK -p udp --dport 8053 -j ACCEPT"] = "broken allowed",
        ["-A IRON-PROXY-WORKLOAD -j REJECT --reject-with PROHIBITED"] = OpenV4,
        ["-A IRON-PROXY-IN ! -i lo -p tcp --dport 1080 -j DROP\n-A IRON-PROXY-IN ! -i lo -p tcp --dport 8053 -j DROP\n-A IRON-PROXY-IN ! -i lo -p tcp --dport 8080 -j DROP\n-A IRON-PROXY-IN ! -i lo -p tcp --dport 8443 -j DROP"] = OutsideV4,
        ["-A IRON-PROXY-IN ! -i lo -p udp --dport 8053 -j DROP"] = "outside 8053/udp",
        ["-A IRON-PROXY-LEAVE ! -o lo -d LOOPBACK -j DROP"] = "strays",
        ["#jump POSTROUTING IRON-PROXY-LEAVE"] = "strays",
        ["#jump OUTPUT IRON-PROXY-ROUTE"] = "broken allowed",
        ["#jump OUTPUT IRON-PROXY-OUT"] = OpenV4,
        ["#jump INPUT IRON-PROXY-IN"] = "outside 1080 8053 8053/udp 8080 8443",
    };

    /// <summary>Rules that routing=tproxy adds to firewall.v4 and firewall.v6.</summary>
    public static IReadOnlyDictionary<string, string> IptablesTproxy { get; } = new Dictionary<string, string>
    {
        ["#each -A IRON-PROXY-MARK -m owner --uid-owner IDS -j IRON-PROXY-WEB"] = "broken allowed",
        ["-A IRON-PROXY-WEB -p tcp --dport 80 -j MARK --set-mark 0x3202"] = "broken allowed",
        ["-A IRON-PROXY-WEB -p tcp --dport 443 -j MARK --set-mark 0x3202"] = "broken allowed",
        ["-A IRON-PROXY-CATCH -i lo -p tcp -m mark --mark 0x3202 --dport 80 -j TPROXY --on-ip ADDRESS --on-port 8080"] = "broken allowed",
        ["-A IRON-PROXY-CATCH -i lo -p tcp -m mark --mark 0x3202 --dport 443 -j TPROXY --on-ip ADDRESS --on-port 8443"] = "broken allowed",
        ["-A IRON-PROXY-WORKLOAD -m mark --mark 0x3202 -j ACCEPT"] = "broken allowed",
        ["#jump OUTPUT IRON-PROXY-MARK"] = "broken allowed",
        ["#jump PREROUTING IRON-PROXY-CATCH"] = "broken allowed",
    };

    /// <summary>Rules that matter when the way of marked packets is gone.</summary>
    public static IReadOnlyList<string> SecondNet { get; } =
        ["meta mark 0x3202 oifname != \"lo\" counter drop", "-A IRON-PROXY-LEAVE ! -o lo -m mark --mark 0x3202 -j DROP", "#jump POSTROUTING IRON-PROXY-LEAVE"];

    private static string[] FilesOf(string firewall) => firewall == "nftables" ? ["firewall.nft"] : ["firewall.v4", "firewall.v6"];

    /// <summary>What is seen when ip6tables lacks what is seen so in iptables.</summary>
    public static string OnIPv6(string rule, string seen) => seen switch
    {
        _ when rule.Contains("--dport 1080 -j ACCEPT", StringComparison.Ordinal) => "tunnel6", // Names lead to 127.0.0.1.
        "server" or "local" => seen,
        "strays" => "strays6",
        _ when seen.StartsWith("broken", StringComparison.Ordinal) => "broken ipv6",
        _ when seen.StartsWith("outside", StringComparison.Ordinal) => "outside " + string.Join(' ', seen.Split(' ').Skip(1).Select(port => port + "/6")),
        _ => "hole ipv6; outside 7777/udp/6 7778/6 7778/udp/6",
    };

    /// <summary>Takes rules away.</summary>
    public static async Task RemoveAsync(BaremetalDeployment host, string file, string rules)
    {
        var path = Path.Combine(host.RulesFolder, file);
        var lines = await File.ReadAllLinesAsync(path);
        var gone = Of(file, rules);
        var left = lines.Where(l => !gone.Contains(l.Trim())).ToArray();
        Assert.Equal(lines.Length - gone.Length, left.Length);
        await File.WriteAllLinesAsync(path, left);
    }

    /// <summary>Asserts that each line which does something is in a table.</summary>
    public static async Task AssertAllAreKnownAsync(BaremetalDeployment host, string firewall, IEnumerable<string> known)
    {
        foreach (var file in FilesOf(firewall))
        {
            var rules = (await File.ReadAllLinesAsync(Path.Combine(host.RulesFolder, file))).Select(l => l.Trim()).Where(l =>
                new[] { "-A ", "#each ", "#jump " }.Any(word => l.StartsWith(word, StringComparison.Ordinal))
                || new[] { "meta ", "udp ", "tcp ", "ip ", "ip6 ", "ct ", "counter ", "iifname ", "oifname " }.Any(word => l.StartsWith(word, StringComparison.Ordinal))).ToArray();
            Assert.NotEmpty(rules);
            Assert.Empty(rules.Except(known.SelectMany(k => Of(file, k))));
        }
    }

    /// <summary>Rules of the table as a family has them.</summary>
    private static string[] Of(string file, string rules)
    {
        string[] words = file == "firewall.v4" ? ["127.0.0.0/8", "127.0.0.1", "icmp-admin-prohibited"] : ["::1/128", "::1", "icmp6-adm-prohibited"];
        return rules
            .Replace("LOOPBACK", words[0], StringComparison.Ordinal)
            .Replace("ADDRESS", words[1], StringComparison.Ordinal)
            .Replace("PROHIBITED", words[2], StringComparison.Ordinal)
            .Split('\n');
    }
}
