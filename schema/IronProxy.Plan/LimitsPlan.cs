namespace IronProxy.Plan;

/// <summary>
/// How much of the machine clients may take. What is null has its default: a number below, or one that follows from how many files the process may
/// open, which is known where it runs and not here.
/// </summary>
public sealed record LimitsPlan
{
    /// <summary>Default of <see cref="Requests"/>.</summary>
    public const int DefaultRequests = 1000;

    /// <summary>Default of <see cref="NewCertificatesPerMinute"/>.</summary>
    public const int DefaultNewCertificatesPerMinute = 300;

    /// <summary>Default of <see cref="WrongPasswordsPerMinute"/>.</summary>
    public const int DefaultWrongPasswordsPerMinute = 60;

    /// <summary>Default of <see cref="BufferedBodyBytes"/>: 256 MiB.</summary>
    public const long DefaultBufferedBodyBytes = 256L * 1024 * 1024;

    /// <summary>Default of <see cref="MinBodyBytesPerSecond"/>.</summary>
    public const long DefaultMinBodyBytesPerSecond = 240;

    /// <summary>Default of <see cref="IdleTimeoutMs"/>: a minute.</summary>
    public const long DefaultIdleTimeoutMs = 60_000;

    /// <summary>Open connections of clients. By default half of the files that the process may open, less a reserve.</summary>
    public int? ClientConnections { get; init; }

    /// <summary>Open connections of one client address. By default half of <see cref="ClientConnections"/>.</summary>
    public int? ClientConnectionsPerAddress { get; init; }

    /// <summary>Connections to upstreams. By default half of the files that the process may open, less a reserve.</summary>
    public int? UpstreamConnections { get; init; }

    /// <summary>Requests under way.</summary>
    public int? Requests { get; init; }

    /// <summary>Requests of one client address under way. By default half of <see cref="Requests"/>.</summary>
    public int? RequestsPerAddress { get; init; }

    /// <summary>Leaf certificates that are minted in a minute.</summary>
    public int? NewCertificatesPerMinute { get; init; }

    /// <summary>Wrong passwords that one address may show in a minute.</summary>
    public int? WrongPasswordsPerMinute { get; init; }

    /// <summary>Bytes of all bodies that are held whole in memory.</summary>
    public long? BufferedBodyBytes { get; init; }

    /// <summary>Bytes a second at which a body must move while the proxy waits for its client; 0 is no floor.</summary>
    public long? MinBodyBytesPerSecond { get; init; }

    /// <summary>How long a body may stand still while the proxy waits for its client, in milliseconds.</summary>
    public long? IdleTimeoutMs { get; init; }

    /// <summary>How long nothing may move in TLS that is passed through, in milliseconds. Null is no limit.</summary>
    public long? TunnelIdleTimeoutMs { get; init; }
}
