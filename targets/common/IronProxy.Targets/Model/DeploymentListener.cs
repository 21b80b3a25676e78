using IronProxy.Plan;

namespace IronProxy.Targets.Model;

/// <summary>What a listener is for.</summary>
public enum ListenerRole
{
    /// <summary>DNS over UDP and TCP.</summary>
    Dns,

    /// <summary>HTTP, transparent or in absolute form.</summary>
    Http,

    /// <summary>TLS, transparent.</summary>
    Https,

    /// <summary>CONNECT and SOCKS5.</summary>
    Tunnel,

    /// <summary>Health checks and metrics.</summary>
    Metrics,

    /// <summary>The API that manages the proxy.</summary>
    Management,
}

/// <summary>One listener of the proxy.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Address">Where it listens.</param>
public sealed record DeploymentListener(ListenerRole Role, ListenAddress Address)
{
    /// <summary>Its port.</summary>
    public int Port => Address.Port;

    /// <summary>Whether a workload has business there. Health, metrics and management are for operators.</summary>
    public bool IsForWorkloads => Role is not (ListenerRole.Metrics or ListenerRole.Management);

    /// <summary>Whether other hosts can reach it.</summary>
    public bool IsLoopbackOnly => Address.Address is { } text && System.Net.IPAddress.TryParse(text, out var address) && System.Net.IPAddress.IsLoopback(address);

    /// <summary>Whether only root may listen there, unless it is allowed: ports below 1024.</summary>
    public bool IsPrivileged => Port < 1024;

    /// <summary>The port to which programs come that are led here by names or rules; null when they are told of the listener.</summary>
    public int? UsualPort => Role switch
    {
        ListenerRole.Dns => 53,
        ListenerRole.Http => 80,
        ListenerRole.Https => 443,
        _ => null,
    };

    /// <summary>The key in proxy.yaml.</summary>
    public string Key => Role switch
    {
        ListenerRole.Dns => "dns.listen",
        ListenerRole.Http => "proxy.http_listen",
        ListenerRole.Https => "proxy.https_listen",
        ListenerRole.Tunnel => "proxy.tunnel_listen",
        ListenerRole.Metrics => "metrics.listen",
        ListenerRole.Management => "management.listen",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The listeners of a plan.</summary>
    public static IEnumerable<DeploymentListener> Of(ProxyPlan plan)
    {
        (ListenerRole Role, ListenAddress? Address)[] all =
        [
            (ListenerRole.Dns, plan.Dns?.Listen),
            (ListenerRole.Http, plan.Listeners.Http),
            (ListenerRole.Https, plan.Listeners.Https),
            (ListenerRole.Tunnel, plan.Listeners.Tunnel),
            (ListenerRole.Metrics, plan.Listeners.Metrics),
            (ListenerRole.Management, plan.Management?.Listen),
        ];
        return all.Where(l => l.Address is not null).Select(l => new DeploymentListener(l.Role, l.Address!)); // Filtered.
    }
}
