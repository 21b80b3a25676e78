using System.Diagnostics;
using System.Net;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>
/// What is remembered of one request, tunnel or refused connection. Each leaves exactly one record. Values come from the
/// workload or the plan, never from a secret.
/// </summary>
public sealed class AuditRecord : DecisionRecord
{
    /// <summary>Starts a record.</summary>
    /// <param name="startedAt">Monotonic timestamp of the start.</param>
    /// <param name="planHash">Policy hash of the plan that decides.</param>
    /// <param name="span">Its span in a trace.</param>
    public AuditRecord(long startedAt, string planHash = "", Activity? span = null)
    {
        StartedAt = startedAt;
        PlanHash = planHash;
        Span = span;
    }

    /// <summary>Monotonic timestamp of the start.</summary>
    public long StartedAt { get; }

    /// <summary>Its span in a trace; null without one.</summary>
    public Activity? Span { get; }

    /// <summary>Policy hash of the plan that decides.</summary>
    public string PlanHash { get; set; }

    /// <summary>Canonical host, or what the workload named when it is not canonical.</summary>
    public string Host { get; set; } = "";

    /// <summary>Port that is dialled; null when unknown.</summary>
    public int? Port { get; set; }

    /// <summary>Method as received.</summary>
    public string Method { get; set; } = "";

    /// <summary>Path as received, without the query, which often holds credentials.</summary>
    public string Path { get; set; } = "";

    /// <summary><c>http</c> or <c>https</c>; null for tunnels.</summary>
    public string? Scheme { get; set; }

    /// <summary><c>websocket</c> for a request that asks for one; else null.</summary>
    public string? Upgrade { get; set; }

    /// <summary>The workload's address.</summary>
    public EndPoint? RemoteAddress { get; set; }

    /// <summary>Who asked; null when that is not known.</summary>
    public ClientIdentity? Client { get; set; }

    /// <summary>Server name of the TLS handshake.</summary>
    public string? Sni { get; set; }

    /// <summary><c>http</c>, <c>mitm</c>, <c>sni-only</c>, <c>connect</c> or <c>socks5</c>.</summary>
    public string Mode { get; set; } = "";

    /// <summary><c>http</c>, <c>https</c> or <c>tunnel</c>.</summary>
    public string Listener { get; set; } = "";

    /// <summary>Status that the workload saw, or would have seen had its connection been HTTP and had it stayed.</summary>
    public int StatusCode { get; set; }

    /// <summary>Status that was sent to the workload; null when none was.</summary>
    public int? SentStatus { get; set; }

    /// <summary>Status that the upstream sent; null when none came.</summary>
    public int? UpstreamStatus { get; set; }

    /// <summary>Whether anything of the request was sent to an upstream.</summary>
    public bool IsForwarded { get; set; }

    /// <summary>What became of the request.</summary>
    public RequestOutcome Outcome { get; set; } = RequestOutcome.Refused;

    /// <summary>Why the request was refused; null when it was let through.</summary>
    public Reason? Reason { get; set; }

    /// <summary>Whether the client of a refused request was told so in the words of a step.</summary>
    public bool RefusalSent { get; set; }

    /// <summary>Bytes of the request's body that were read from the workload. They are counted, not written.</summary>
    public long RequestBytes { get; set; }

    /// <summary>Bytes of the response's body that were sent to the workload. They are counted, not written.</summary>
    public long ResponseBytes { get; set; }
}
