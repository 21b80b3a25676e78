using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A host in a network of its own, with iron-proxy as its user and a world behind it. Deployments are generated into it and loaded
/// one after the other: the policy, and so the proxy, is the same for all of them.
/// </summary>
public class BaremetalWorld : IAsyncLifetime
{
    public const string Workload = "nobody";
    public const string ProxyUser = "daemon";

    /// <summary>A user of a directory, which a test can take away; and its id.</summary>
    public const string DirectoryUser = "late";
    public const string DirectoryId = "4242";
    public const string Placeholder = "proxy-placeholder-token";
    public const string Secret = "the-real-secret-4711";

    /// <summary>Where a server listens that runs as the workload, for everyone (<c>serve_ports</c>).</summary>
    public const int ServerPort = 7777;

    /// <summary>Where it listens as well, and no other machine may take anything out. With UDP it answers on both.</summary>
    public const int PrivatePort = 7778;

    private const string Policy = $$"""
        dns:
          listen: ":8053"
          proxy_ip: "127.0.0.1"
          records:
            - { name: "api.example.com", type: A, value: "{{OutsideWorld.Upstream}}" }
            - { name: "plain.example.com", type: A, value: "{{OutsideWorld.Upstream}}" }
            - { name: "six.example.com", type: A, value: "{{OutsideWorld.Upstream}}" }
        proxy:
          http_listen: ":8080"
          https_listen: ":8443"
          tunnel_listen: ":1080"
          upstream_deny_cidrs: ["169.254.0.0/16", "127.0.0.0/8", "::1/128"]
        tls: { ca_cert: "/etc/iron-proxy/ca.crt", ca_key: "/etc/iron-proxy/ca.key" }
        metrics: { listen: "127.0.0.1:9090" }
        transforms:
          - name: allowlist
            config: { domains: ["api.example.com", "*.example.com"] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  replace: { proxy_value: {{Placeholder}}, match_headers: [Authorization] }
                  rules: [{ host: "api.example.com" }, { host: "six.example.com" }]
        """;

    private static readonly string Server = $"""
        import select, socket
        tcp = [socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True) for port in ({ServerPort}, {PrivatePort})]
        udp = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in tcp]
        for u, t in zip(udp, tcp):
            u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            u.bind(('::', t.getsockname()[1]))
        print('listening')
        while True:
            for s in select.select(tcp + udp, [], [])[0]:
                try:
                    if s in tcp:
                        c = s.accept()[0]
                        c.sendall(b'served\n')
                        c.close()
                    else:
                        s.sendto(b'served', s.recvfrom(64)[1])
                except OSError:
                    pass # Refused by the rules.
        """;

    private readonly List<IAsyncDisposable> _parts = [];
    private ProxyFolder? _folder;
    private NetworkNamespace? _host;
    private OutsideWorld? _outside;

    /// <summary>How iron-proxy is started.</summary>
    internal virtual IEnumerable<string> ProxyCommand(string plan) => Host.CommandOf(ProxyUser, DoctorProcess.Program("iron-proxy"), "-plan", plan);

    internal ProxyFolder Folder => _folder!; // Made first of all; a test that is skipped does not come here.

    internal NetworkNamespace Host => _host!;

    internal OutsideWorld Outside => _outside!;

    /// <summary>Skips a test where this cannot be.</summary>
    public static void Require()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        CommandLine.Require("bash", "bash");
        CommandLine.Require("curl", "curl");
        CommandLine.Require("python3", "python3");
        CommandLine.Require("dig", "bind9-dnsutils");
        CommandLine.Require("iptables", "iptables");
        CommandLine.Require("ip6tables", "iptables");
    }

    public async Task InitializeAsync()
    {
        if (NamespaceTools.WhyNot is not null)
        {
            return;
        }

        _folder = ProxyFolder.Create();
        _outside = await OutsideWorld.StartAsync(_folder.UpstreamCertificate(["api.example.com", "six.example.com"]));
        _parts.Add(_outside);
        _host = await NetworkNamespace.CreateAsync("host");
        _parts.Add(_host);
        await _outside.ConnectAsync(_host);
        await _outside.Network.ApplyRulesAsync("""
            table netdev cable {
                counter strays { }
                counter strays6 { }
                chain ingress {
                    type filter hook ingress device eth0 priority 0; policy accept;
                    ip daddr 127.0.0.0/8 counter name strays
                    ip6 daddr ::1 counter name strays6
                }
            }
            """);
        await _host.RunAsync("sysctl", ["-qw", "net.ipv4.ping_group_range=0 2147483647"]);

        _parts.Add(await BackgroundProcess.StartAsync(_host.CommandOf(Workload, "/usr/bin/python3", "-u", "-c", Server), "listening"));
        var plan = _folder.Compile(Policy.Replace("/etc/iron-proxy/", "", StringComparison.Ordinal));
        await CommandLine.SucceedAsync("chmod", "0755", _folder.FullPath);
        await CommandLine.SucceedAsync("chown", ProxyUser, _folder.File("ca.key"));
        await CommandLine.SucceedAsync("chmod", "0400", _folder.File("ca.key"));
        _parts.Add(await GatewayProcess.StartAsAsync(_folder, [.. ProxyCommand(plan)], ("API_KEY", Secret)));
    }

    public async Task DisposeAsync()
    {
        _parts.Reverse();
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        _folder?.Dispose();
    }

    /// <summary>Generates a deployment, or copies what was generated with the same options. Its rules are not loaded yet.</summary>
    internal async Task<BaremetalDeployment> DeployAsync(params string[] options)
    {
        var generated = Folder.File("generated-" + string.Join('-', options));
        if (!Directory.Exists(generated))
        {
            await CommandLine.SucceedAsync(
                ProxyBinaries.Ironc,
                ["deploy", "--target", "baremetal", Folder.Write("proxy.yaml", Policy), "-o", generated, "--set", "proxy_user=" + ProxyUser, .. Unless(options, "workload_users", Workload), .. Unless(options, "serve_ports", $"{ServerPort}"), .. options.SelectMany(o => new[] { "--set", o })]);
        }

        var copy = Folder.File("deployment-" + Guid.NewGuid().ToString("N")[..8]);
        await CommandLine.SucceedAsync("cp", "-r", generated, copy);
        return new BaremetalDeployment(this, copy, options.Contains("routing=connect"));
    }

    /// <summary>An option that the given ones do not have.</summary>
    private static string[] Unless(string[] options, string name, string value) => options.Any(o => o.StartsWith(name + "=", StringComparison.Ordinal)) ? [] : ["--set", $"{name}={value}"];

    /// <summary>Which packets for loopback came through the cable since the last time: "strays" with IPv4, "strays6" with IPv6.</summary>
    internal async Task<IReadOnlyList<string>> StraysAsync()
    {
        // A line of each counter's is "counter NAME {", the next is "packets N bytes N".
        var words = (await Outside.Network.RunAsync("nft", ["reset", "counters", "table", "netdev", "cable"])).Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return [.. from name in new[] { "strays", "strays6" } let at = Array.IndexOf(words, name) where words[at + 3] != "0" select name];
    }

    /// <summary>Runs a command on the host as a user.</summary>
    internal Task<(int ExitCode, string Output, string Error)> RunAsync(string user, params string[] command) => CommandLine.RunAsync(Host.CommandOf(user, command));
}

/// <summary>The same, with iron-proxy as the unit of routing=tproxy starts it: with one capability, and none that could change rules.</summary>
public sealed class TproxyWorld : BaremetalWorld
{
    internal override IEnumerable<string> ProxyCommand(string plan) => Host.CommandOf(
        "root",
        "setpriv", "--reuid", ProxyUser, "--regid", ProxyUser, "--clear-groups", "--bounding-set=-all,+net_raw", "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--no-new-privs",
        DoctorProcess.Program("iron-proxy"), "-plan", plan, "-transparent");
}

/// <summary>A generated folder in a <see cref="BaremetalWorld"/>. What it has loaded goes when it is disposed.</summary>
internal sealed class BaremetalDeployment(BaremetalWorld world, string folder, bool isConnect) : IAsyncDisposable
{
    /// <summary>Seconds for what must work. Only a seeded fault waits so long; what must not work is given 3.</summary>
    private const string Works = "30";

    private readonly int _arrived = world.Outside.Arrivals.Count;

    public BaremetalWorld World => world;

    /// <summary>The generated rules that are loaded.</summary>
    public string RulesFolder => Path.Combine(folder, "firewall");

    private string StateFolder => Path.Combine(folder, "state");

    /// <summary>What has arrived outside since this was generated.</summary>
    public IEnumerable<string> Arrivals => world.Outside.Arrivals.Skip(_arrived);

    /// <summary>Runs the generated iron-proxy-firewall.</summary>
    /// <param name="action">load, check, lock or unload.</param>
    /// <param name="subordinateIds">What stands in /etc/subuid.</param>
    /// <param name="withNetAdmin">Whether it has CAP_NET_ADMIN.</param>
    /// <param name="hasDirectory">Whether <see cref="BaremetalWorld.DirectoryUser"/> resolves.</param>
    public Task<(int ExitCode, string Output, string Error)> FirewallAsync(string action, string subordinateIds = "", bool withNetAdmin = true, bool hasDirectory = true)
    {
        string[] rights = withNetAdmin ? [] : ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
        var ids = world.Folder.Write("subuid", subordinateIds);
        var users = world.Folder.Write("passwd", File.ReadAllText("/etc/passwd") + (hasDirectory ? $"{BaremetalWorld.DirectoryUser}:x:{BaremetalWorld.DirectoryId}:{BaremetalWorld.DirectoryId}::/:/bin/sh\n" : ""));
        return CommandLine.RunAsync(
            "unshare",
            ["--mount", "bash", "-c", "touch /etc/subuid && mount --bind \"$1\" /etc/subuid && mount --bind \"$2\" /etc/passwd && shift 2 && exec \"$@\"", "-", ids, users, .. world.Host.CommandOf("root", [.. rights, "env", "IRON_PROXY_RULES=" + RulesFolder, "IRON_PROXY_STATE=" + StateFolder, Path.Combine(RulesFolder, "iron-proxy-firewall"), action])]);
    }

    public async Task LoadAsync(string subordinateIds = "", bool hasDirectory = true)
    {
        var (exit, _, error) = await FirewallAsync("load", subordinateIds, hasDirectory: hasDirectory);
        Assert.True(exit == 0, error);
    }

    /// <summary>curl as the workload, with the proxy's CA.</summary>
    public async Task<string> CurlAsync(params string[] arguments)
    {
        var (exit, output, error) = await world.RunAsync(BaremetalWorld.Workload, ["curl", "-sS", "--max-time", Works, "--cacert", world.Folder.CaFile, "-H", $"Authorization: Bearer {BaremetalWorld.Placeholder}", "-w", "%{http_code}", .. arguments]);
        return exit == 0 ? output : $"curl ended with {exit}: {error}";
    }

    /// <summary>Runs doctor as the workload, or as another user.</summary>
    public Task<DoctorReport> AttackAsync(string user = BaremetalWorld.Workload) => DoctorProcess.RunAsync(
        world.Host.CommandOf(user),
        new DoctorAttack
        {
            Policy = world.Folder.File("proxy.plan.json"),
            Ca = world.Folder.CaFile,
            Protected = [world.Folder.File("ca.key")],
            Resolver = isConnect ? null : "127.0.0.53",
            Proxy = isConnect ? "http://127.0.0.1:1080" : null,
            Allowed = ["https://api.example.com/v1", "http://plain.example.com/v1"],
            Headers = [$"Authorization: Bearer {BaremetalWorld.Placeholder}"],
        });

    /// <summary>Attacks, and asserts that it holds, that the upstream saw the real secret, and that the workload did not.</summary>
    public Task<DoctorReport> AssertHeldAsync(string user = BaremetalWorld.Workload) => world.Outside.AssertHeldAsync(() => AttackAsync(user), BaremetalWorld.Secret);

    /// <summary>
    /// Everything that is amiss, from the workload and from a machine outside; empty when nothing is. "hole" and "broken" are doctor's
    /// words, with its checks; "outside" names ports of the proxy, and of the workload, that other machines reach and must not; "server" says that
    /// a server of the workload does not answer them, and "local" that it does not answer this one; "tunnel6" that the workload's tunnel over IPv6 does not
    /// open; "strays" and "strays6" are packets for loopback that left by a socket which is bound to an interface.
    /// </summary>
    public async Task<string> ObserveAsync(string user = BaremetalWorld.Workload)
    {
        var arrived = world.Outside.Arrivals.Count;
        await world.StraysAsync();
        var attack = AttackAsync(user);
        var reached = Task.WhenAll(Attempts.Select(async a => (a.Name, Ended: (await CommandLine.RunAsync(a.Command)).ExitCode)));
        var report = await attack;
        var open = (await reached).Where(a => a.Ended == 0).Select(a => a.Name).ToArray();
        var broken = report.Of("broken").Select(l => l.Check).Distinct().Order(StringComparer.Ordinal).ToArray();
        string[] amiss =
        [
            .. report.Holes.Count > 0 ? [$"hole {string.Join(' ', report.Holes)}"] : (string[])[],

            // With a hole, what is broken beside it depends on who answers first.
            .. report.Holes.Count == 0 && broken.Length > 0 ? [$"broken {string.Join(' ', broken)}"] : (string[])[],
            .. report.Holes.Count == 0 && world.Outside.Arrivals.Count > arrived ? ["arrivals that doctor did not see"] : (string[])[],
            .. open.Except(Wanted).Any() ? [$"outside {string.Join(' ', open.Except(Wanted).Order(StringComparer.Ordinal))}"] : (string[])[],
            .. Wanted.Except(open),
            .. report.Holes.Count == 0 ? await world.StraysAsync() : [],
        ];
        return string.Join("; ", amiss);
    }

    /// <summary>What must work for somebody other than the workload's doctor.</summary>
    private string[] Wanted => isConnect ? ["local", "server"] : ["local", "server", "tunnel6"];

    /// <summary>What a machine outside tries on the host, the proxy's listeners and a server of the workload; and the tunnel over IPv6, where names do not lead.</summary>
    private IEnumerable<(string Name, IReadOnlyList<string> Command)> Attempts
    {
        get
        {
            var outside = world.Outside.Network;
            foreach (var (address, suffix) in new[] { (OutsideWorld.Host, ""), (OutsideWorld.HostV6, "/6") })
            {
                foreach (var port in new[] { 1080, BaremetalWorld.PrivatePort, 8053, 8080, 8443 })
                {
                    yield return (port + suffix, outside.CommandOf("root", "timeout", "3", "bash", "-c", $"exec 3<>/dev/tcp/{address}/{port}"));
                }

                yield return ("8053/udp" + suffix, outside.CommandOf("root", "dig", "@" + address, "-p", "8053", "+tries=1", "+time=3", "+notcp", "anything.test", "A"));
                foreach (var port in new[] { BaremetalWorld.ServerPort, BaremetalWorld.PrivatePort })
                {
                    yield return ($"{port}/udp{suffix}", outside.CommandOf("root", "timeout", "3", "bash", "-c", $"exec 3<>/dev/udp/{address}/{port} && echo >&3 && head -c 6 <&3 | grep -q served"));
                }
            }

            yield return ("server", outside.CommandOf("root", "timeout", Works, "bash", "-c", Served(BaremetalWorld.ServerPort, OutsideWorld.Host, OutsideWorld.HostV6)));
            yield return ("local", world.Host.CommandOf("root", "timeout", Works, "bash", "-c", Served(BaremetalWorld.PrivatePort, "127.0.0.1", "::1")));

            foreach (var address in new[] { "198.51.100.99", "127.0.0.1", "[2001:db8:20::99]", "[::1]" })
            {
                // A port that is redirected, and one that is open as it is.
                yield return ("bound", world.Host.CommandOf(BaremetalWorld.Workload, "curl", "-sS", "-o", "/dev/null", "--max-time", "1", "--interface", "eth0", $"http://{address}/", $"http://{address}:1080/"));
            }

            if (!isConnect)
            {
                yield return ("tunnel6", world.Host.CommandOf(BaremetalWorld.Workload, "curl", "-sS", "-o", "/dev/null", "--max-time", Works, "--cacert", world.Folder.CaFile, "-x", "http://[::1]:1080", "https://six.example.com/v1"));
            }
        }
    }

    /// <summary>A command that succeeds when the workload's server answers on both addresses.</summary>
    private static string Served(int port, string v4, string v6) =>
        $"for a in {v4} {v6}; do exec 3<>/dev/tcp/$a/{port} && read -r line <&3 && [ \"$line\" = served ] || exit 1; done";

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, (await FirewallAsync("unload")).ExitCode);
        Directory.Delete(folder, recursive: true);
    }
}
