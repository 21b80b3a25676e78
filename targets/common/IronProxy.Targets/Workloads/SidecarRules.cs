using System.Globalization;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Workloads;

/// <summary>
/// The rules of a network namespace that a proxy shares with its workload, and the script of the container that loads and tries them
/// before anything else runs there. They let one user out: whoever has it goes around the proxy.
/// </summary>
/// <param name="Target">Name of the target, for the head of the file.</param>
/// <param name="Place">What shares the namespace: a pod, a task.</param>
/// <param name="User">The proxy's user.</param>
public sealed record SidecarRules(string Target, string Place, string User)
{
    /// <summary>A port that is not redirected, and that answers nowhere without the rules.</summary>
    private const int TrialPort = 9;

    /// <summary>The command that loads the rules.</summary>
    public required string Load { get; init; }

    /// <summary>Ports on which others may reach servers of the workload, as <see cref="PortList"/> reads them.</summary>
    public required string ServePorts { get; init; }

    /// <summary>Whether names and web requests to any address are led to the proxy, where the workload's DNS server cannot be set.</summary>
    public bool Redirects { get; init; }

    /// <summary>Whether the metadata of an AWS instance is closed to the proxy as well.</summary>
    public bool ClosesInstanceMetadata { get; init; }

    /// <summary>The rules, as nft reads them.</summary>
    public string ToRules(DeploymentModel model)
    {
        var redirects = Redirects ? model.Listeners.SelectMany(Redirections).ToArray() : [];
        return Render("sidecar.nft", new()
        {
            ["target"] = Target,
            ["place"] = Place,
            ["user"] = User,
            ["operator_ports"] = Ports(model.Listeners.Where(l => !l.IsForWorkloads)),
            ["proxy_ports"] = Ports(model.Listeners.Where(l => l.IsForWorkloads || l.Role == ListenerRole.Management)),
            ["serve_ports"] = string.Join(", ", PortList.Read(ServePorts)!), // Preflight has read it.
            ["dns_port"] = model.Listener(ListenerRole.Dns)?.Port.ToString(CultureInfo.InvariantCulture) ?? "",
            ["redirects"] = redirects.Select(r => new Dictionary<string, object?> { ["protocol"] = r.Protocol, ["from"] = r.From, ["to"] = r.To }).ToArray(),
            ["redirected_tcp"] = string.Join(", ", redirects.Where(r => r.Protocol == "tcp").Select(r => r.To).Distinct()),
            ["instance_metadata"] = ClosesInstanceMetadata,
        });
    }

    /// <summary>The script.</summary>
    public string ToScript() => Render("sidecar.sh", new() { ["place"] = Place, ["user"] = User, ["load"] = Load, ["trial_port"] = Redirects ? TrialPort : 443 });

    private static IEnumerable<(string Protocol, int From, int To)> Redirections(DeploymentListener listener) => listener switch
    {
        { UsualPort: { } port, Role: ListenerRole.Dns } => [("udp", port, listener.Port), ("tcp", port, listener.Port)],
        { UsualPort: { } port } => [("tcp", port, listener.Port)],
        _ => [],
    };

    private static string Ports(IEnumerable<DeploymentListener> listeners) => string.Join(", ", listeners.Select(l => l.Port).Distinct());

    private static string Render(string template, Dictionary<string, object?> values) =>
        TextTemplate.Load(typeof(SidecarRules).Assembly, $"Workloads/{template}.scriban").Render(values);
}
