using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Listeners;

/// <summary>Which listener a connection came in on.</summary>
public enum ListenerKind
{
    /// <summary>Plain HTTP.</summary>
    Http,

    /// <summary>TLS.</summary>
    Https,

    /// <summary>CONNECT and SOCKS5.</summary>
    Tunnel,

    /// <summary>Health checks.</summary>
    Metrics,
}

/// <summary>A tunnel that was opened on a connection.</summary>
/// <param name="Mode"><c>connect</c> or <c>socks5</c>.</param>
/// <param name="Host">The host that the tunnel names.</param>
/// <param name="Port">The port that the tunnel names.</param>
public sealed record Tunnel(string Mode, CanonicalHost Host, int Port);

/// <summary>What is known of a connection before its first request; a feature of the connection and of its requests.</summary>
/// <param name="listener">The listener.</param>
/// <param name="remoteAddress">The workload's address.</param>
public sealed class ProxyConnection(ListenerKind listener, EndPoint? remoteAddress)
{
    /// <summary>The listener.</summary>
    public ListenerKind Listener { get; } = listener;

    /// <summary>The workload's address.</summary>
    public EndPoint? RemoteAddress { get; } = remoteAddress;

    /// <summary>The tunnel inside which requests come, or null.</summary>
    public Tunnel? Tunnel { get; set; }

    /// <summary>Server name of the TLS handshake, as the client sent it; null without TLS or without a name.</summary>
    public string? Sni { get; set; }

    /// <summary>Whether requests come over TLS.</summary>
    public bool IsTls { get; set; }

    /// <summary>Whether the TLS handshake was completed.</summary>
    public bool TlsCompleted { get; set; }

    /// <summary>Whether the failure of the handshake has been recorded.</summary>
    public bool TlsFailureRecorded { get; set; }

    /// <summary>The listener's name in audit records.</summary>
    public string ListenerName => Listener switch
    {
        ListenerKind.Http => "http",
        ListenerKind.Https => "https",
        ListenerKind.Tunnel => "tunnel",
        _ => "metrics",
    };
}
