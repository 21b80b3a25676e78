namespace IronProxy.Plan;

/// <summary>What a listener is for, in the order in which listeners are listed.</summary>
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

/// <summary>One listener of a plan, in whatever section it is.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Address">Where it listens. Null when it is off.</param>
public sealed record ListenerPlan(ListenerRole Role, ListenAddress? Address);

/// <summary>What is known of listeners by what they are for.</summary>
public static class ListenerRoles
{
    /// <summary>Its name in audit records, logs and messages.</summary>
    public static string Name(this ListenerRole role) => role switch
    {
        ListenerRole.Dns => "dns",
        ListenerRole.Http => "http",
        ListenerRole.Https => "https",
        ListenerRole.Tunnel => "tunnel",
        ListenerRole.Metrics => "metrics",
        ListenerRole.Management => "management",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The key in proxy.yaml that says where it listens.</summary>
    public static string Key(this ListenerRole role) => role switch
    {
        ListenerRole.Http or ListenerRole.Https or ListenerRole.Tunnel => $"proxy.{role.Name()}_listen",
        _ => $"{role.Name()}.listen",
    };

    /// <summary>Whether workloads have business there. Health, metrics and management are for operators.</summary>
    public static bool IsForWorkloads(this ListenerRole role) => role is not (ListenerRole.Metrics or ListenerRole.Management);
}
