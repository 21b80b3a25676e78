namespace IronProxy.Runtime;

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
