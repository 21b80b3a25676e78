namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>A request whose parts may disagree on purpose.</summary>
internal sealed record CraftedRequest
{
    /// <summary>The host that the connection or the tunnel is asked for.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Whether the request travels in TLS.</summary>
    public required bool Tls { get; init; }

    /// <summary>The name in the TLS handshake; the host without it.</summary>
    public string? ServerName { get; init; }

    /// <summary>The Host header; host and port without it.</summary>
    public string? HostHeader { get; init; }

    /// <summary>More headers, each as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public string Method { get; init; } = "GET";

    public string Target { get; init; } = "/";

    /// <summary>Where a transparent request connects, whatever the host is. Null means where the host's name leads.</summary>
    public System.Net.IPAddress? ConnectTo { get; init; }

    /// <summary>Ends behind the TLS handshake, before any request is sent.</summary>
    public bool HandshakeOnly { get; init; }

    public string Authority => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    public static CraftedRequest Of(WorkloadRequest request) => new()
    {
        Host = request.Url.Host.Trim('[', ']'),
        Port = request.Url.Port,
        Tls = request.Url.Scheme == "https",
        HostHeader = request.Url.Authority,
        Method = request.Method,
        Target = request.Url.PathAndQuery,
    };
}
