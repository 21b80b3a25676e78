using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Lookups;

/// <summary>Names whose servers are silent, and addresses where nobody answers.</summary>
public sealed class LookupTests : IDisposable
{
    private const int SilentNames = 300;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Silent_names_of_one_client_do_not_stop_the_others()
    {
        await using var resolver = ScriptedDnsUpstream.Start(Answer);
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy($"upstream_resolver: \"{resolver.Endpoint}\""));
        await AttackAsync(proxy, resolver);
    }

    [SkippableFact]
    public async Task Silent_names_do_not_stop_the_others_when_the_systems_servers_are_asked()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        var address = string.Create(CultureInfo.InvariantCulture, $"127.{RandomNumberGenerator.GetInt32(100, 200)}.{RandomNumberGenerator.GetInt32(250)}.53");
        await using var resolver = ScriptedDnsUpstream.Start(Answer, new IPEndPoint(IPAddress.Parse(address), 53));
        await using var proxy = await StartWithFilesAsync($"nameserver {address}\noptions timeout:5\n", "127.0.0.1 hosts.example.com\n");
        await AttackAsync(proxy, resolver);

        await using var upstream = ScriptedUpstream.Start();
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "127.0.0.1", $"hosts.example.com:{upstream.Port}"), StringComparison.Ordinal);
        Assert.DoesNotContain(resolver.Received, q => q.Name == "hosts.example.com");
    }

    [SkippableFact]
    public async Task Without_a_name_server_the_proxy_says_so_and_knows_the_hosts_file()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await StartWithFilesAsync("# nobody\n", "127.0.0.1 hosts.example.com\n");
        Assert.Contains("no name server: /etc/resolv.conf names none", proxy.Output, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "127.0.0.1", $"hosts.example.com:{upstream.Port}"), StringComparison.Ordinal);
        Assert.Contains("upstream_unresolved", await GetAsync(proxy, "127.0.0.1", "api.example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nobody_answers_is_overtaken_by_the_next()
    {
        await using var upstream = ScriptedUpstream.Start();
        using var dead = await DeadEndpoint.StartAsync(new IPEndPoint(IPAddress.Parse("127.0.0.41"), upstream.Port));
        await using var resolver = ScriptedDnsUpstream.Start(q => q switch
        {
            { Type: 1, Name: "two.example.com" } => q.Answer(ScriptedDnsRecord.Address(q.Name, "127.0.0.41"), ScriptedDnsRecord.Address(q.Name, "127.0.0.1")),
            { Type: 1 } => q.Answer(ScriptedDnsRecord.Address(q.Name, "127.0.0.41")),
            _ => q.Answer(),
        });
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy($"upstream_resolver: \"{resolver.Endpoint}\""));
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "127.0.0.1", $"two.example.com:{upstream.Port}"), StringComparison.Ordinal);
        var answer = await GetAsync(proxy, "127.0.0.1", $"dead.example.com:{upstream.Port}");
        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Contains("upstream_unreachable", answer, StringComparison.Ordinal);
        Assert.Equal(2, (await proxy.RecordsSinceAsync(0, 2)).Count);
    }

    /// <summary>Starts a proxy in a mount namespace of its own, in which the system's files are these.</summary>
    private Task<GatewayProcess> StartWithFilesAsync(string resolvConf, string hosts)
    {
        string[] command =
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount --bind \"$1\" /etc/resolv.conf && mount --bind \"$2\" /etc/hosts && shift 2 && exec \"$@\"", "sh",
            _folder.Write("resolv.conf", resolvConf), _folder.Write("hosts", hosts), ProxyBinaries.IronProxy, "-plan", _folder.Compile(Policy("")),
        ];
        return GatewayProcess.StartAsAsync(_folder, command);
    }

    private static async Task AttackAsync(GatewayProcess proxy, ScriptedDnsUpstream resolver)
    {
        await using var upstream = ScriptedUpstream.Start();
        var silent = Enumerable.Range(0, SilentNames).Select(i => GetAsync(proxy, "127.0.0.66", $"silent{i}.example.com")).ToArray();
        await Task.WhenAny(silent).WaitAsync(Patience.Event); // The first refusal says that the client has all that it gets.

        var first = await GetAsync(proxy, "127.0.0.1", $"api.example.com:{upstream.Port}");
        var stillSilent = silent.Count(s => !s.IsCompleted);
        Assert.StartsWith("HTTP/1.1 200 ", first, StringComparison.Ordinal);
        Assert.True(stillSilent > 0, "The names were given up before the others were answered.");

        var answers = await Task.WhenAll(silent).WaitAsync(Patience.Event);
        Assert.All(answers, a => Assert.True(a.Contains("upstream_unresolved", StringComparison.Ordinal) || a.Contains("too_many_lookups", StringComparison.Ordinal), a));
        Assert.Contains(answers, a => a.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal) && a.Contains("upstream_unresolved", StringComparison.Ordinal));
        Assert.Contains(answers, a => a.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal) && a.Contains("too_many_lookups", StringComparison.Ordinal));
        Assert.Equal(SilentNames + 1, (await proxy.RecordsSinceAsync(0, SilentNames + 1)).Count);

        // And the client itself, once its names are over.
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "127.0.0.66", $"other.example.com:{upstream.Port}"), StringComparison.Ordinal);
        Assert.Contains(resolver.Received, q => q.Name == "other.example.com");
    }

    private static byte[]? Answer(ScriptedDnsQuestion question) =>
        question.Name.StartsWith("silent", StringComparison.Ordinal) ? null
        : question.Type == 1 ? question.Answer(ScriptedDnsRecord.Address(question.Name, "127.0.0.1"))
        : question.Answer();

    private static string Policy(string dns) => $$"""
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "192.0.2.80"
          {{dns}}
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          upstream_deny_cidrs: []
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }
        transforms:
          - name: allowlist
            config:
              domains: ["*.example.com"]
        """;

    private static async Task<string> GetAsync(GatewayProcess proxy, string from, string host)
    {
        using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(proxy.Listeners["http"]);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(Patience.Event);
    }
}
