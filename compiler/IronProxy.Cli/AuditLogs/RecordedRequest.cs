using IronProxy.Pipeline.Logs;
using IronProxy.Plan;

namespace IronProxy.Cli.AuditLogs;

/// <summary>
/// What an audit record says about a request and about what policy said to it. Records that are equal in this are one
/// group, however many there are.
/// </summary>
/// <param name="Method">As received; CONNECT for a tunnel, and empty for TLS that was passed through.</param>
/// <param name="Scheme">Null for a tunnel.</param>
/// <param name="Host">As recorded.</param>
/// <param name="Port">Null when none was read.</param>
/// <param name="Path">As received, without the query; empty for a tunnel, and for TLS that was passed through.</param>
/// <param name="Answer">What policy said.</param>
/// <param name="Reason">Why policy said no. Null when it said yes, and for tunnels that warn mode let through.</param>
/// <param name="Step">The transform other than an allowlist that denied the request. Null when none did.</param>
/// <param name="Failure">Why a request that policy let through was not answered all the same. Null when it was.</param>
/// <param name="Rule">The entry of <paramref name="Step"/> that denied the request. Null when no such step did, or none was recorded.</param>
internal sealed record RecordedRequest(
    string Method, string? Scheme, string Host, int? Port, string Path, PolicyAnswer Answer, string? Reason, string? Step, string? Failure, SourcePosition? Rule = null)
{
    /// <summary>Name of the client that it came from. Null when that was not known, or not asked for.</summary>
    public string? Client { get; init; }

    /// <summary>Whether it came in where clients can be asked who they are.</summary>
    public bool IsAsked { get; init; }

    /// <summary>Whether it is TLS that was passed through, with requests inside that nobody saw.</summary>
    public bool IsPassed => Scheme is not null && Method.Length == 0 && Answer != PolicyAnswer.NotAsked;

    /// <summary>Whether nothing is known but host and port: of a tunnel, in which requests of their own followed, or of TLS that was passed through.</summary>
    public bool IsDestination => Scheme is null || IsPassed;

    /// <summary>Reads it as policy does.</summary>
    /// <param name="client">The client that it is taken to come from; null for somebody who is not known.</param>
    /// <param name="request">The canonical request, or the destination.</param>
    /// <returns>Null, or why any proxy refuses it.</returns>
    public Reason? TryRead(string? client, out CanonicalRequest request)
    {
        request = null!; // Set below, or not read: a reason is returned.
        if (CanonicalHost.TryCreate(Host, bracketed: Host.Contains(':', StringComparison.Ordinal), out var host) is { } reason)
        {
            return reason;
        }

        if (Scheme is not null && !IsPassed)
        {
            var refusal = CanonicalRequest.TryCreate(Scheme, new CanonicalAuthority(host, Port), Method, Path, out request);
            request = refusal is null ? request with { Client = client } : request;
            return refusal;
        }

        if (Port is not { } port)
        {
            return Plan.Reason.InvalidPort;
        }

        request = CanonicalRequest.Destination(host, port, client);
        return null;
    }

    /// <summary>As <c>ironc explain --request</c> takes it. Characters that a terminal acts upon are escaped.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        if (IsDestination)
        {
            return TerminalText.Escape($"CONNECT {host}:{Port}");
        }

        var port = Port is null || Port == CanonicalRequest.DefaultPort(Scheme!) ? "" : $":{Port}";
        return TerminalText.Escape($"{Method} {Scheme}://{host}{port}{Path}");
    }
}
