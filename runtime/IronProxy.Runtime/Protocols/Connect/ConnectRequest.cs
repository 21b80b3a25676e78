using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Connect;

/// <summary>The head of an HTTP CONNECT request.</summary>
public readonly record struct ConnectRequest
{
    /// <summary>The destination. Its port is always set.</summary>
    public CanonicalAuthority Target { get; init; }

    /// <summary>The target as it was sent. Set also for a refused request whose request line could be read, for the audit record.</summary>
    public string? RawTarget { get; init; }

    /// <summary>The value of Host as it was sent, or null without one.</summary>
    public string? RawHost { get; init; }

    /// <summary>The user name and the password that came with it. Null when none did.</summary>
    public ShownCredentials? Credentials { get; init; }
}
