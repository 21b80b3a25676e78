using System.Security.Cryptography;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>
/// One host as the deployments leave it: iron-proxy as a user of its own, a workload as another, rules that drop everything
/// but the way to the proxy, and the world outside. Tests put holes into the rules.
/// </summary>
internal sealed class DoctorWorld : IAsyncDisposable
{
    public const string RealKey = "real-key-that-only-the-proxy-has";
    public const string Placeholder = "placeholder-key";

    private readonly ProxyFolder _folder;
    private readonly NetworkNamespace _network;
    private readonly GatewayProcess _proxy;
    private readonly bool _transparent;
    private readonly string _workloadUser;

    private DoctorWorld(ProxyFolder folder, OutsideWorld outside, NetworkNamespace network, GatewayProcess proxy, bool transparent, string workloadUser)
    {
        _folder = folder;
        Outside = outside;
        _network = network;
        _proxy = proxy;
        _transparent = transparent;
        _workloadUser = workloadUser;
    }

    public OutsideWorld Outside { get; }

    public string CaKey => _folder.File("ca.key");

    /// <summary>Makes a world.</summary>
    /// <param name="transparent">Whether rules redirect to the proxy; else the workload is given its tunnel listener.</param>
    /// <param name="holes">Rules that accept, before all others.</param>
    /// <param name="firewall">Whether there are rules at all.</param>
    /// <param name="warn">Whether the policy lets through what it does not allow.</param>
    public static async Task<DoctorWorld> StartAsync(bool transparent = false, string holes = "", bool firewall = true, bool warn = false)
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);

        // Users of this world alone: worlds run side by side, and users see the processes of their own.
        var number = RandomNumberGenerator.GetInt32(20_000, 60_000);
        var (workloadUser, proxyUser) = ($"{number}", $"{number + 60_000}");
        var folder = ProxyFolder.Create();
        var made = new Stack<IAsyncDisposable>();
        try
        {
            var outside = await OutsideWorld.StartAsync(folder.UpstreamCertificate(["api.example.com"]));
            made.Push(outside);
            var network = await NetworkNamespace.CreateAsync("in");
            made.Push(network);
            await outside.ConnectAsync(network);
            await network.AddAddressAsync("10.77.0.1/32");
            if (firewall)
            {
                await network.ApplyRulesAsync(Rules(proxyUser, transparent, holes));
            }

            var plan = folder.Compile(warn ? Policy.Replace("config:\n      domains", "config:\n      warn: true\n      domains", StringComparison.Ordinal) : Policy);
            System.IO.File.SetUnixFileMode(folder.FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            System.IO.File.SetUnixFileMode(folder.File("ca.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await NamespaceTools.RunAsync("chown", ["-R", proxyUser, folder.FullPath]);
            var proxy = await GatewayProcess.StartAsAsync(
                folder,
                network.CommandOf(proxyUser, DoctorProcess.Program("iron-proxy"), "-plan", plan),
                ("API_KEY", RealKey));
            return new DoctorWorld(folder, outside, network, proxy, transparent, workloadUser);
        }
        catch
        {
            while (made.TryPop(out var part))
            {
                await part.DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    /// <summary>Lets every user open ping sockets, as many distributions do.</summary>
    public void AllowPingSockets() => _network.Inside(() =>
    {
        System.IO.File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
        return true;
    });

    /// <summary>Runs doctor as the workload.</summary>
    public Task<DoctorReport> ExamineAsync(params (string Name, string Value)[] environment) => ExamineAsync(_workloadUser, [], environment);

    public Task<DoctorReport> ExamineAsync(string[] arguments, params (string Name, string Value)[] environment) => ExamineAsync(_workloadUser, arguments, environment);

    public Task<DoctorReport> ExamineAsync(string user, string[] arguments, params (string Name, string Value)[] environment)
    {
        var attack = new DoctorAttack
        {
            Policy = _folder.File("proxy.plan.json"),
            Ca = _folder.CaFile,
            Protected = [CaKey],
            Allowed = ["https://api.example.com/v1/x"],
            Resolver = _transparent ? "10.77.0.1" : OutsideWorld.Server,
            Proxy = _transparent ? null : "http://127.0.0.1:8888",
        };
        return DoctorProcess.RunAsync([.. _network.CommandOf(user), .. attack.CommandLine, .. arguments], environment);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _network.DisposeAsync();
        await Outside.DisposeAsync();
        _folder.Dispose();
    }

    // The DNS server is on all addresses: redirected queries must be answered from the one that they were sent to.
    private const string Policy = """
        dns:
          listen: ":8053"
          proxy_ip: "10.77.0.1"
          records:
            - { name: "api.example.com", type: A, value: "198.51.100.20" }
        proxy:
          http_listen: ":8080"
          https_listen: ":8443"
          tunnel_listen: ":8888"
          upstream_deny_cidrs: ["169.254.0.0/16"]
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: ":9090" }
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  inject: { header: "X-Api-Key" }
                  rules: [{ host: "api.example.com" }]
        """;

    private static string Rules(string proxyUser, bool transparent, string holes) => $$"""
        table inet guard {
          chain redirected {
            type nat hook output priority -100; policy accept;
            meta skuid {{proxyUser}} accept
            {{(transparent ? """
            tcp dport 80 redirect to :8080
            tcp dport 443 redirect to :8443
            udp dport 53 redirect to :8053
            tcp dport 53 redirect to :8053
            """ : "")}}
          }
          chain out {
            type filter hook output priority 0; policy drop;
            {{holes}}
            ct state established,related accept
            meta skuid {{proxyUser}} accept
            ct status dnat accept
            oif lo tcp dport 8888 accept
          }
        }
        """;
}
