namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>How far a request came.</summary>
internal enum ExchangeStage
{
    /// <summary>No connection.</summary>
    NotConnected,

    /// <summary>The tunnel was not opened; the reply says why.</summary>
    TunnelRefused,

    /// <summary>The connection was closed, or the handshake failed, before there was an answer.</summary>
    Closed,

    /// <summary>The connection was accepted, and nothing came in time.</summary>
    Silent,

    /// <summary>The tunnel, and TLS where it was wanted, are open; nothing more was asked for.</summary>
    Opened,

    /// <summary>There is an answer.</summary>
    Answered,
}

/// <summary>What came of a request.</summary>
/// <param name="Stage">How far it came.</param>
/// <param name="Reply">The answer, to the request or to CONNECT.</param>
/// <param name="Detail">What there is to say when there is no answer.</param>
internal sealed record Exchange(ExchangeStage Stage, HttpReply? Reply, string Detail)
{
    /// <summary>Whether the certificate was good for a client of this machine. Null without TLS.</summary>
    public bool? Trusted { get; init; }

    /// <summary>Who has signed it.</summary>
    public string? Issuer { get; init; }

    /// <summary>The answer in a few words.</summary>
    public string Summary => Reply switch
    {
        null => Detail,
        { IsProxy: true } => $"iron-proxy answers {Reply.Status} {Reply.Reason}",
        _ => $"HTTP {Reply.Status}",
    };
}
