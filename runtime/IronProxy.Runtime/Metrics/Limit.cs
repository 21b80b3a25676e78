using System.Collections.Immutable;

namespace IronProxy.Runtime.Metrics;

/// <summary>A limit that something ran into. docs/limits.md has a row for each.</summary>
public enum Limit
{
    /// <summary>Connections of clients.</summary>
    ClientConnections,

    /// <summary>Connections of one client address.</summary>
    ClientConnectionsPerAddress,

    /// <summary>Connections to upstreams.</summary>
    UpstreamConnections,

    /// <summary>Requests under way.</summary>
    Requests,

    /// <summary>Requests of one client address under way.</summary>
    RequestsPerAddress,

    /// <summary>Leaf certificates that are minted in a minute.</summary>
    NewCertificatesPerMinute,

    /// <summary>Wrong passwords of one client address.</summary>
    WrongPasswordsPerMinute,

    /// <summary>Bodies that are held in memory.</summary>
    BufferedBodyBytes,

    /// <summary>How slowly a client may send or take a body.</summary>
    MinBodyBytesPerSecond,

    /// <summary>How long a client may neither send nor take a body.</summary>
    IdleTimeout,

    /// <summary>How long nothing may move in what is passed through.</summary>
    TunnelIdleTimeout,

    /// <summary>Files that the process may open: the system's limit, which the others keep away from.</summary>
    OpenFiles,
}

/// <summary>The limits by name.</summary>
public static class LimitNames
{
    /// <summary>The names, in the order of <see cref="Limit"/>: keys of the section limits, but for the last.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        "client_connections", "client_connections_per_address", "upstream_connections", "requests", "requests_per_address",
        "new_certificates_per_minute", "wrong_passwords_per_minute", "buffered_body_bytes", "min_body_bytes_per_second", "idle_timeout", "tunnel_idle_timeout", "open_files",
    ];

    /// <summary>The name of a limit.</summary>
    public static string Of(Limit limit) => All[(int)limit];
}
