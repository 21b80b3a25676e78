using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>
/// What is remembered of one request, tunnel or refused connection. Each leaves exactly one record. Values come from the
/// workload or the plan, never from a secret.
/// </summary>
public sealed class AuditRecord
{
    private List<StepRecord>? _steps;
    private Action? _finish;

    /// <summary>Starts a record.</summary>
    /// <param name="startedAt">Monotonic timestamp of the start.</param>
    /// <param name="planHash">Policy hash of the plan that decides.</param>
    public AuditRecord(long startedAt, string planHash = "")
    {
        StartedAt = startedAt;
        PlanHash = planHash;
    }

    /// <summary>Monotonic timestamp of the start.</summary>
    public long StartedAt { get; }

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

    /// <summary>The workload's address.</summary>
    public EndPoint? RemoteAddress { get; set; }

    /// <summary>Server name of the TLS handshake.</summary>
    public string? Sni { get; set; }

    /// <summary><c>http</c>, <c>mitm</c>, <c>connect</c> or <c>socks5</c>.</summary>
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

    /// <summary>The transform that rejected, or <c>proxy</c> when no policy was asked.</summary>
    public string? RejectedBy { get; set; }

    /// <summary>The rule that decided.</summary>
    public SourcePosition? Rule { get; set; }

    /// <summary>Whether an allowlist in warn mode would have blocked the request.</summary>
    public bool Warned { get; set; }

    /// <summary>Bytes of the request's body that were read from the workload. They are counted, not written.</summary>
    public long RequestBytes { get; set; }

    /// <summary>Bytes of the response's body that were sent to the workload. They are counted, not written.</summary>
    public long ResponseBytes { get; set; }

    /// <summary>How many secrets were put into the request. They are counted; where each went, the steps say.</summary>
    public int SecretsUsed { get; set; }

    /// <summary>The steps that ran, in their order.</summary>
    public IReadOnlyList<StepRecord> Steps => _steps ?? [];

    /// <summary>Registers something to annotate when the record is written, because it is not known before.</summary>
    public void BeforeWrite<TState>(Action<TState> finish, TState state) => _finish += () => finish(state);

    /// <summary>Completes the annotations. Called once, before the record is written.</summary>
    internal void Finish()
    {
        foreach (var finish in _finish?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action)finish)();
            }
#pragma warning disable CA1031 // Whatever is wrong with what is said beside, the record itself must be written.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _steps?[^1].Annotate("error", $"an annotation could not be made: {e.GetType().Name}");
            }
        }
    }

    /// <summary>Adds a step.</summary>
    public StepRecord AddStep(string name)
    {
        var step = new StepRecord(name);
        (_steps ??= new List<StepRecord>(4)).Add(step);
        return step;
    }
}
