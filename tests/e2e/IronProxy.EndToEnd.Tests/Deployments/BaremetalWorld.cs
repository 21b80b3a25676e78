using System.Diagnostics;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>A host in a network of its own: generated rules, loaded by the generated program; iron-proxy as its user; a world behind it.</summary>
internal sealed class BaremetalWorld : IAsyncDisposable
{
    public const string Workload = "nobody";
    public const string ProxyUser = "daemon";
    public const string Placeholder = "proxy-placeholder-token";
    public const string Secret = "the-real-secret-4711";
    public const int MetricsPort = 9090;

    private const string Policy = """
        dns:
          listen: ":8053"
          proxy_ip: "127.0.0.1"
          records:
            - { name: "api.example.com", type: A, value: "203.0.113.10" }
            - { name: "six.example.com", type: A, value: "203.0.113.10" }
        proxy:
          http_listen: ":8080"
          https_listen: ":8443"
          tunnel_listen: ":1080"
          upstream_deny_cidrs: ["169.254.0.0/16", "127.0.0.0/8", "::1/128"]
        tls: { ca_cert: "/etc/iron-proxy/ca.crt", ca_key: "/etc/iron-proxy/ca.key" }
        metrics: { listen: "127.0.0.1:9090" }
        transforms:
          - name: allowlist
            config: { domains: ["*.example.com"] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  replace: { proxy_value: proxy-placeholder-token, match_headers: [Authorization] }
                  rules: [{ host: "*.example.com" }]
        """;

    private readonly NetworkNamespace _outside;
    private readonly ProxyFolder _folder;
    private Process? _proxy;

    private BaremetalWorld(NetworkNamespace host, NetworkNamespace outside, ProxyFolder folder, OutsideWorld world) =>
        (Host, _outside, _folder, World) = (host, outside, folder, world);

    public NetworkNamespace Host { get; }

    public OutsideWorld World { get; }

    /// <summary>The generated deployment.</summary>
    public string Deployment => _folder.File("deployment");

    /// <summary>The generated rules that are loaded.</summary>
    public string RulesFolder => Path.Combine(Deployment, "firewall");

    public static void Require(string firewall)
    {
        NetworkNamespace.Require();
        WorkloadAttack.Require();
        CommandLine.Require("curl", "curl");
        CommandLine.Require(firewall == "iptables" ? "iptables" : "nft", firewall);
        CommandLine.Require("ip6tables", "iptables");
    }

    /// <summary>Everything up to the rules, which are not loaded yet.</summary>
    public static async Task<BaremetalWorld> StartAsync(params string[] options)
    {
        var host = await NetworkNamespace.CreateAsync("host");
        var outside = await NetworkNamespace.CreateAsync("world");
        await outside.IpAsync("link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", host.Name);
        foreach (var (inside, end) in new[] { (host, "2"), (outside, "10") })
        {
            await inside.IpAsync("addr", "add", $"203.0.113.{end}/24", "dev", "veth0");
            await inside.IpAsync("addr", "add", $"2001:db8::{end}/64", "dev", "veth0", "nodad");
            await inside.IpAsync("link", "set", "veth0", "up");
        }

        await outside.IpAsync("addr", "add", OutsideWorld.Metadata + "/32", "dev", "veth0");
        await host.IpAsync("route", "add", "default", "via", OutsideWorld.Address4);
        await host.IpAsync("-6", "route", "add", "default", "via", OutsideWorld.Address6);
        await host.RunAsync("root", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647");

        var folder = ProxyFolder.Create();
        var created = new BaremetalWorld(host, outside, folder, OutsideWorld.Start(outside, folder.UpstreamCertificate(["api.example.com", "six.example.com"])));
        try
        {
            await created.DeployAsync(options);
            await created.StartProxyAsync();
            return created;
        }
        catch
        {
            await created.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the generated iron-proxy-firewall.</summary>
    /// <param name="action">load, check, lock or unload.</param>
    /// <param name="subordinateIds">What stands in /etc/subuid.</param>
    public Task<(int ExitCode, string Output, string Error)> FirewallAsync(string action, string subordinateIds = "")
    {
        var ids = _folder.Write("subuid", subordinateIds);
        return CommandLine.RunAsync(
            "unshare",
            ["--mount", "bash", "-c", "touch /etc/subuid && mount --bind \"$1\" /etc/subuid && shift && exec \"$@\"", "-", ids, .. Host.CommandOf("root", "env", "IRON_PROXY_RULES=" + RulesFolder, "IRON_PROXY_STATE=" + _folder.File("state"), Path.Combine(RulesFolder, "iron-proxy-firewall"), action)]);
    }

    public async Task LoadAsync(string subordinateIds = "")
    {
        var (exit, _, error) = await FirewallAsync("load", subordinateIds);
        Assert.True(exit == 0, error);
    }

    /// <summary>curl as the workload, with the proxy's CA.</summary>
    public async Task<string> CurlAsync(params string[] arguments)
    {
        var (exit, output, error) = await Host.RunAsync(Workload, ["curl", "-sS", "--max-time", "10", "--cacert", _folder.CaFile, "-H", $"Authorization: Bearer {Placeholder}", "-w", "%{http_code}", .. arguments]);
        return exit == 0 ? output : $"curl ended with {exit}: {error}";
    }

    /// <summary>Everything that got out.</summary>
    public Task<IReadOnlyList<string>> AttackAsync(string user = Workload) => WorkloadAttack.RunAsync(Host, World, user, MetricsPort);

    /// <summary>Whether a machine outside reaches a port of the host.</summary>
    public async Task<bool> IsReachedFromOutsideAsync(int port) =>
        (await _outside.RunAsync("root", "timeout", "1", "bash", "-c", $"exec 3<>/dev/tcp/203.0.113.2/{port}")).ExitCode == 0;

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            _proxy.Kill();
            await _proxy.WaitForExitAsync();
            _proxy.Dispose();
        }

        await World.DisposeAsync();
        await Host.DisposeAsync();
        await _outside.DisposeAsync();
        _folder.Dispose();
    }

    private async Task DeployAsync(string[] options) => await CommandLine.SucceedAsync(
        ProxyBinaries.Ironc,
        ["deploy", "--target", "baremetal", _folder.Write("proxy.yaml", Policy), "-o", Deployment, "--set", "proxy_user=" + ProxyUser, "--set", "workload_users=" + Workload, .. options.SelectMany(o => new[] { "--set", o })]);

    private async Task StartProxyAsync()
    {
        var plan = _folder.Compile(Policy.Replace("/etc/iron-proxy/", "", StringComparison.Ordinal));
        await CommandLine.SucceedAsync("chmod", "0755", _folder.FullPath);
        await CommandLine.SucceedAsync("chown", ProxyUser, _folder.File("ca.key"));
        await CommandLine.SucceedAsync("chmod", "0400", _folder.File("ca.key"));
        var command = Host.CommandOf(ProxyUser, ProxyBinaries.IronProxy, "-plan", plan).ToArray();
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true, WorkingDirectory = _folder.FullPath };
        start.Environment["SSL_CERT_FILE"] = _folder.UpstreamCaFile;
        start.Environment["API_KEY"] = Secret;
        _proxy = Process.Start(start) ?? throw new InvalidOperationException("iron-proxy could not be started.");
        var ready = new TaskCompletionSource();
        var said = new List<string>();
        _ = Task.Run(async () =>
        {
            while (await _proxy.StandardError.ReadLineAsync() is { } line)
            {
                lock (said)
                {
                    said.Add(line);
                }

                if (line.Contains("\"msg\":\"ready\"", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }

            ready.TrySetException(new InvalidOperationException("iron-proxy ended: " + string.Join('\n', said)));
        });
        await ready.Task.WaitAsync(ProxyProcess.Patience);
    }
}
