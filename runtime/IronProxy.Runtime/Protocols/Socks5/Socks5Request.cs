using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>The commands of SOCKS5 that are served.</summary>
public enum Socks5Command
{
    /// <summary>Open a tunnel over TCP.</summary>
    Connect = 0x01,
}

/// <summary>A SOCKS5 request (RFC 1928, 4). Either <see cref="Host"/> or <see cref="Address"/> is set.</summary>
public readonly record struct Socks5Request
{
    /// <summary>The command.</summary>
    public required Socks5Command Command { get; init; }

    /// <summary>The name as it was sent. It is printable ASCII, and not yet canonical.</summary>
    public string? Host { get; init; }

    /// <summary>The address.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>The canonical host of the destination.</summary>
    /// <returns>Null, or why the name is refused.</returns>
    public Reason? TryGetHost(out CanonicalHost host)
    {
        if (Address is { } address)
        {
            host = CanonicalHost.FromAddress(address);
            return null;
        }

        return CanonicalHost.TryCreate(Host, bracketed: false, out host);
    }
}

/// <summary>Why a SOCKS5 request is refused.</summary>
/// <param name="Reason">For the audit record.</param>
/// <param name="Reply">For the client.</param>
public readonly record struct Socks5Refusal(Reason Reason, Socks5Reply Reply);
