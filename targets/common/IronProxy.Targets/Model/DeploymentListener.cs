using IronProxy.Plan;

namespace IronProxy.Targets.Model;

/// <summary>One listener of the proxy.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Address">Where it listens.</param>
public sealed record DeploymentListener(ListenerRole Role, ListenAddress Address)
{
    /// <summary>Its port.</summary>
    public int Port => Address.Port;

    /// <summary>Whether a workload has business there. Health, metrics and management are for operators.</summary>
    public bool IsForWorkloads => Role.IsForWorkloads();

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
    public string Key => Role.Key();

    /// <summary>The listeners of a plan.</summary>
    public static IEnumerable<DeploymentListener> Of(ProxyPlan plan) =>
        plan.AllListeners.Where(l => l.Address is not null).Select(l => new DeploymentListener(l.Role, l.Address!)); // Those that are off were left out.
}
