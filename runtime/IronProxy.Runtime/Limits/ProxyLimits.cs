using IronProxy.Plan;

namespace IronProxy.Runtime.Limits;

/// <summary>The limits of a plan where it runs: every one has a number.</summary>
public sealed record ProxyLimits
{
    /// <summary>
    /// Files that are kept for all that is no connection of a client or to an upstream: what the runtime itself opens, listeners, names that are
    /// looked up, health checks. Without them the process does not run slower, it is ended: the runtime takes a machine whose state it cannot read
    /// for one without memory.
    /// </summary>
    public const int ReservedFiles = 512;

    /// <summary>
    /// Where the process may open very many files, memory is what ends first: a connection with TLS takes some 45 KiB. Whoever has the memory
    /// writes a larger number.
    /// </summary>
    public const int MaxDefaultConnections = 16_384;

    /// <summary>Connections of operators to each of their listeners. They are beside those of clients, so that a flood of these does not hide what is going on.</summary>
    public const int OperatorConnections = 32;

    /// <summary>Open connections of clients.</summary>
    public required int ClientConnections { get; init; }

    /// <summary>Open connections of one client address.</summary>
    public required int ClientConnectionsPerAddress { get; init; }

    /// <summary>Connections to upstreams.</summary>
    public required int UpstreamConnections { get; init; }

    /// <summary>Requests under way.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests of one client address under way.</summary>
    public required int RequestsPerAddress { get; init; }

    /// <summary>Leaf certificates that are minted in a minute.</summary>
    public required int NewCertificatesPerMinute { get; init; }

    /// <summary>Wrong passwords that one client address may show in a minute.</summary>
    public required int WrongPasswordsPerMinute { get; init; }

    /// <summary>Bytes of all bodies that are held whole in memory.</summary>
    public required long BufferedBodyBytes { get; init; }

    /// <summary>Bytes a second at which a body must move while the proxy waits for its client; 0 is no floor.</summary>
    public required long MinBodyBytesPerSecond { get; init; }

    /// <summary>How long a body may stand still while the proxy waits for its client.</summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How long nothing may move in what is passed through; null is no limit.</summary>
    public TimeSpan? TunnelIdleTimeout { get; init; }

    /// <summary>Fills in what a plan leaves open.</summary>
    /// <param name="plan">The plan's section, or null.</param>
    /// <param name="openFiles">How many files the process may open (RLIMIT_NOFILE).</param>
    /// <exception cref="StartupException">The connections that the plan asks for do not fit.</exception>
    public static ProxyLimits Create(LimitsPlan? plan, long openFiles)
    {
        plan ??= new LimitsPlan();
        var (clients, upstreams) = Connections(plan, openFiles - ReservedFiles, openFiles);
        var requests = plan.Requests ?? LimitsPlan.DefaultRequests;
        return new ProxyLimits
        {
            ClientConnections = clients,
            ClientConnectionsPerAddress = plan.ClientConnectionsPerAddress ?? Half(clients),
            UpstreamConnections = upstreams,
            Requests = requests,
            RequestsPerAddress = plan.RequestsPerAddress ?? Half(requests),
            NewCertificatesPerMinute = plan.NewCertificatesPerMinute ?? LimitsPlan.DefaultNewCertificatesPerMinute,
            WrongPasswordsPerMinute = plan.WrongPasswordsPerMinute ?? LimitsPlan.DefaultWrongPasswordsPerMinute,
            BufferedBodyBytes = plan.BufferedBodyBytes ?? LimitsPlan.DefaultBufferedBodyBytes,
            MinBodyBytesPerSecond = plan.MinBodyBytesPerSecond ?? LimitsPlan.DefaultMinBodyBytesPerSecond,
            IdleTimeout = TimeSpan.FromMilliseconds(plan.IdleTimeoutMs ?? LimitsPlan.DefaultIdleTimeoutMs),
            TunnelIdleTimeout = plan.TunnelIdleTimeoutMs is { } tunnels ? TimeSpan.FromMilliseconds(tunnels) : null,
        };
    }

    private static (int Clients, int Upstreams) Connections(LimitsPlan plan, long free, long openFiles)
    {
        if (free < 2)
        {
            throw new StartupException($"The process may open {openFiles} files, and {ReservedFiles + 2} are the least: raise the limit (ulimit -n, LimitNOFILE=, --ulimit nofile=).");
        }

        // Whichever is not written takes half, or what the other leaves.
        var clients = plan.ClientConnections ?? Default(plan.UpstreamConnections);
        var upstreams = plan.UpstreamConnections ?? Default(plan.ClientConnections);
        var needed = (long)clients + upstreams;
        return needed <= free
            ? (clients, upstreams)
            : throw new StartupException(
                $"limits.client_connections ({clients}) and limits.upstream_connections ({upstreams}) need {needed + ReservedFiles} open files with the reserve of {ReservedFiles}, "
                + $"and the process may open {openFiles}: write less, or raise the limit (ulimit -n, LimitNOFILE=, --ulimit nofile=).");

        int Default(int? other) => (int)Math.Clamp(Math.Min(free / 2, free - (other ?? 0)), 1, MaxDefaultConnections);
    }

    private static int Half(int number) => Math.Max(1, number / 2);
}
