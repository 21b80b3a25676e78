using System.Diagnostics;
using System.Net;
using IronProxy.Runtime.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

/// <summary>The server as the real dig sees it.</summary>
public sealed class DigTests
{
    private const string Dig = "/usr/bin/dig";

    [SkippableTheory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public async Task Dig_is_led_to_the_proxy(string transport)
    {
        await using var server = Start(null);
        Assert.Equal("10.9.8.7\n", await AskAsync(server.Endpoint, transport, "+short", "api.openai.com", "A"));
        Assert.Equal("", await AskAsync(server.Endpoint, transport, "+short", "api.openai.com", "AAAA"));
        Assert.Equal("", await AskAsync(server.Endpoint, transport, "+short", "api.openai.com", "HTTPS"));
        Assert.Equal("db.local.\n10.0.0.5\n", await AskAsync(server.Endpoint, transport, "+short", "alias.local", "A"));
    }

    [SkippableTheory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public async Task Dig_finds_the_answers_well_formed(string transport)
    {
        await using var server = Start(null);
        var answer = await AskAsync(server.Endpoint, transport, "api.openai.com", "A");
        Assert.Contains("status: NOERROR", answer, StringComparison.Ordinal);
        Assert.Contains("flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1", answer, StringComparison.Ordinal);
        Assert.Contains("EDNS: version: 0, flags:; udp: 1232", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("malformed", answer, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public async Task Dig_sees_what_is_refused()
    {
        await using var server = Start(null);
        Assert.Contains("status: REFUSED", await AskAsync(server.Endpoint, "version.bind", "CH", "TXT"), StringComparison.Ordinal);
        Assert.Contains("Transfer failed", await AskAsync(server.Endpoint, "example.com", "AXFR"), StringComparison.Ordinal);
        Assert.Contains("Transfer failed", await AskAsync(server.Endpoint, "+tcp", "example.com", "IXFR=1"), StringComparison.Ordinal);
        Assert.Contains("status: NOTIMP", await AskAsync(server.Endpoint, "+opcode=notify", "example.com", "SOA"), StringComparison.Ordinal);
        Assert.Contains("status: BADVERS", await AskAsync(server.Endpoint, "+edns=1", "+noednsnegotiation", "example.com", "A"), StringComparison.Ordinal);
        Assert.Contains("status: NXDOMAIN", await AskAsync(server.Endpoint, "*.example.com", "A"), StringComparison.Ordinal);
        Assert.Contains("status: NOERROR", await AskAsync(server.Endpoint, ".", "NS"), StringComparison.Ordinal);
        Assert.Contains("status: NOERROR", await AskAsync(server.Endpoint, ".", "A"), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public async Task Dig_is_told_that_unlisted_names_do_not_exist_and_for_how_long(string transport)
    {
        await using var server = Start(null, deny: true);
        var denied = await AskAsync(server.Endpoint, transport, "c2VjcmV0.attacker.test", "A");
        Assert.Contains("status: NXDOMAIN", denied, StringComparison.Ordinal);
        Assert.Contains("ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1", denied, StringComparison.Ordinal);
        Assert.Matches(@"\.\s+30\s+IN\s+SOA\s+\. \. 1 30 30 30 30", denied);
        Assert.DoesNotContain("Warning", denied, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("status: NOERROR", await AskAsync(server.Endpoint, transport, "corp", "A"), StringComparison.Ordinal);
        Assert.Equal("10.0.0.5\n", await AskAsync(server.Endpoint, transport, "+short", "db.local", "A"));
    }

    [SkippableFact]
    public async Task Dig_finds_a_proxy_of_both_families()
    {
        await using var server = Start(null, ipv6: "2001:db8::7");
        Assert.Equal("10.9.8.7\n", await AskAsync(server.Endpoint, "+short", "api.openai.com", "A"));
        Assert.Equal("2001:db8::7\n", await AskAsync(server.Endpoint, "+short", "api.openai.com", "AAAA"));
        Assert.Equal("10.9.8.7\n2001:db8::7\n", await AskAsync(server.Endpoint, "+short", "+notcp", "api.openai.com", "ANY"));
        Assert.Equal("", await AskAsync(server.Endpoint, "+short", "api.openai.com", "HTTPS"));
    }

    [SkippableFact]
    public async Task Dig_gets_passed_through_names_from_upstream()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Alias(q.Name, "db.internal.corp"), Address("db.internal.corp", "172.16.0.9")));
        await using var server = Start(DnsPlans.Lookups(upstream.Endpoint, TimeProvider.System));
        Assert.Equal("db.internal.corp.\n172.16.0.9\n", await AskAsync(server.Endpoint, "+short", "host.internal.corp", "A"));
        Assert.Equal("", await AskAsync(server.Endpoint, "+short", "secret.host.internal.corp", "TXT"));
        Assert.Single(upstream.Received);
    }

    private static DnsServer Start(DnsLookups? lookups, bool? deny = null, string? ipv6 = null)
    {
        Skip.IfNot(System.IO.File.Exists(Dig), "dig is not installed (Debian: bind9-dnsutils)");
        var plan = DnsPlans.Of(passthrough: 0, records: [DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.Cname("alias.local", "db.local")]) with { DenyUnlisted = deny, ProxyIpv6 = ipv6 };
        return DnsPlans.Server(plan, DnsPlans.Tables(), lookups, TimeProvider.System).Started();
    }

    private static async Task<string> AskAsync(IPEndPoint server, params string[] arguments)
    {
        var start = new ProcessStartInfo(Dig, ["-r", "@" + server.Address, "-p", $"{server.Port}", "+tries=1", "+time=60", .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var dig = Process.Start(start)!; // Not a shell: always a new process.
        using var patience = new CancellationTokenSource(Patience.Program);
        var output = await dig.StandardOutput.ReadToEndAsync(patience.Token);
        await dig.WaitForExitAsync(patience.Token);
        return output;
    }
}
