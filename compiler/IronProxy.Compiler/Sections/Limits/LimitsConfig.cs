using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Limits;

/// <summary>How much of the machine clients may take. docs/limits.md says what happens over each of them.</summary>
internal sealed record LimitsConfig : ConfigRecord
{
    /// <summary>More than any machine has of something, so a larger number is a mistake.</summary>
    private const int Many = 10_000_000;

    /// <summary>A tebibyte: beyond what any machine can hold.</summary>
    private const long MaxBytes = 1L << 40;

    /// <summary>How many connections of clients may be open. By default (nofile - 512) / 2, where nofile is how many files the process may open, and 16384 at most.</summary>
    [Key("client_connections", Minimum = 1, Maximum = Many)]
    public Located<long>? ClientConnections { get; init; }

    /// <summary>How many connections of one client address may be open. By default half of client_connections.</summary>
    [Key("client_connections_per_address", Minimum = 1, Maximum = Many)]
    public Located<long>? ClientConnectionsPerAddress { get; init; }

    /// <summary>How many connections to upstreams may be open. By default (nofile - 512) / 2, and 16384 at most.</summary>
    [Key("upstream_connections", Minimum = 1, Maximum = Many)]
    public Located<long>? UpstreamConnections { get; init; }

    /// <summary>How many requests may be under way.</summary>
    [Key("requests", Default = (long)LimitsPlan.DefaultRequests, Minimum = 1, Maximum = Many)]
    public Located<long>? Requests { get; init; }

    /// <summary>How many requests of one client address may be under way. By default half of requests.</summary>
    [Key("requests_per_address", Minimum = 1, Maximum = Many)]
    public Located<long>? RequestsPerAddress { get; init; }

    /// <summary>How many leaf certificates may be minted in a minute.</summary>
    [Key("new_certificates_per_minute", Default = (long)LimitsPlan.DefaultNewCertificatesPerMinute, Minimum = 1, Maximum = Many)]
    public Located<long>? NewCertificatesPerMinute { get; init; }

    /// <summary>How many wrong passwords one address may show in a minute (proxy.clients). Over it none is compared any more until the minute is over, a right one neither.</summary>
    [Key("wrong_passwords_per_minute", Default = (long)LimitsPlan.DefaultWrongPasswordsPerMinute, Minimum = 1, Maximum = Many)]
    public Located<long>? WrongPasswordsPerMinute { get; init; }

    /// <summary>How many bytes all bodies may have that transforms hold whole in memory.</summary>
    [Key("buffered_body_bytes", Default = LimitsPlan.DefaultBufferedBodyBytes, Minimum = 1, Maximum = MaxBytes)]
    public Located<long>? BufferedBodyBytes { get; init; }

    /// <summary>How many bytes a second a client must send of a request's body before the response begins, and take of a response. 0 is no floor.</summary>
    [Key("min_body_bytes_per_second", Default = LimitsPlan.DefaultMinBodyBytesPerSecond, Minimum = 0, Maximum = MaxBytes)]
    public Located<long>? MinBodyBytesPerSecond { get; init; }

    /// <summary>How long a client may send nothing of a request's body before the response begins, or take nothing of a response; the floor is measured over this time, too.</summary>
    [Key("idle_timeout", Default = "60s")]
    public Located<string>? IdleTimeout { get; init; }

    /// <summary>How long nothing may move, in either direction, in TLS that is passed through (tls.mode: sni-only, or a rule with tls: passthrough). Without it there is no limit.</summary>
    [Key("tunnel_idle_timeout")]
    public Located<string>? TunnelIdleTimeout { get; init; }
}
