using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Metrics;

/// <summary>
/// What the proxy counts, and the instruments that show it: the metrics listener reads them, and so can whoever else listens to <see cref="Meter"/>.
/// Counting allocates nothing and takes no lock. Labels are listeners, actions and reasons, whose number is known here:
/// nothing that a workload sends, such as a host, becomes one, because whoever chooses labels chooses how much memory they take.
/// </summary>
public sealed class ProxyMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "IronProxy";

    private static readonly string[] Listeners = [ListenerRole.Http.Name(), ListenerRole.Https.Name(), ListenerRole.Tunnel.Name()];
    private static readonly FrozenDictionary<Reason, int> ReasonIndex = Reason.All.Index().ToFrozenDictionary(r => r.Item, r => r.Index);

    private readonly long[] _requests = new long[Listeners.Length * AuditNames.Actions.Length];
    private readonly long[] _refusals = new long[ReasonIndex.Count];
    private readonly long[] _open = new long[Listeners.Length];
    private readonly long[] _limits = new long[LimitNames.All.Length];
    private long _underWay;
    private long _buffered;
    private long _requestBytes;
    private long _responseBytes;
    private long _secrets;
    private long _secretsRead;
    private long _minted;
    private long _notMinted;
    private long _secretsNotRead;
    private long _answered;
    private long _unanswered;
    private long _inputTokens;
    private long _outputTokens;
    private long _reloaded;
    private long _notReloaded;

    /// <summary>Makes the instruments of what is counted here. The others are added by those who count.</summary>
    public ProxyMetrics()
    {
        Show(MetricNames.Requests, () => Read(_requests).Select(static r => new Measurement<long>(
            r.Count, Tag("listener", Listeners[r.Index / AuditNames.Actions.Length]), Tag("action", AuditNames.Actions[r.Index % AuditNames.Actions.Length]))));
        Show(MetricNames.Refusals, () => Reasons(static _ => true));
        Show(MetricNames.UpstreamErrors, () => Reasons(static r => r.Code.StartsWith("upstream_", StringComparison.Ordinal)));
        Show(MetricNames.Connections, () => Read(_open).Select(static c => new Measurement<long>(c.Count, Tag("listener", Listeners[c.Index]))));
        Show(MetricNames.RequestsUnderWay, () => Interlocked.Read(ref _underWay));
        Show(MetricNames.BufferedBodies, () => Interlocked.Read(ref _buffered));
        Show(MetricNames.LimitsReached, () => Read(_limits).Select(static l => new Measurement<long>(l.Count, Tag("limit", LimitNames.All[l.Index]))));
        Show<long>(MetricNames.BodyBytes, () =>
        [
            new(Interlocked.Read(ref _requestBytes), Tag("direction", "request")),
            new(Interlocked.Read(ref _responseBytes), Tag("direction", "response")),
        ]);
        Show(MetricNames.Secrets, () => Interlocked.Read(ref _secrets));
        Show<long>(MetricNames.SecretReads, () =>
        [
            new(Interlocked.Read(ref _secretsRead), Tag("outcome", "read")),
            new(Interlocked.Read(ref _secretsNotRead), Tag("outcome", "failed")),
        ]);
        Show<long>(MetricNames.Mints, () =>
        [
            new(Interlocked.Read(ref _minted), Tag("outcome", "minted")),
            new(Interlocked.Read(ref _notMinted), Tag("outcome", "failed")),
        ]);
        Show<long>(MetricNames.Questions, () =>
        [
            new(Interlocked.Read(ref _answered), Tag("outcome", "answered")),
            new(Interlocked.Read(ref _unanswered), Tag("outcome", "failed")),
        ]);
        Show<long>(MetricNames.Tokens, () =>
        [
            new(Interlocked.Read(ref _inputTokens), Tag("direction", "input")),
            new(Interlocked.Read(ref _outputTokens), Tag("direction", "output")),
        ]);
        Show<long>(MetricNames.Reloads, () =>
        [
            new(Interlocked.Read(ref _reloaded), Tag("outcome", "reloaded")),
            new(Interlocked.Read(ref _notReloaded), Tag("outcome", "refused")),
        ]);
    }

    /// <summary>All instruments. Each proxy has a meter of its own, so that two in one process do not see each other's.</summary>
    public Meter Meter { get; } = new(MeterName);

    /// <summary>Shows one value.</summary>
    public void Show<T>(MetricName metric, Func<T> value)
        where T : struct => Show<T>(metric, () => [new(value())]);

    /// <summary>Shows values that labels tell apart. They are asked for when somebody reads.</summary>
    public void Show<T>(MetricName metric, Func<IEnumerable<Measurement<T>>> values)
        where T : struct => _ = metric.IsCounter
            ? (Instrument)Meter.CreateObservableCounter(metric.Name, values, unit: null, metric.Help)
            : Meter.CreateObservableGauge(metric.Name, values, unit: null, metric.Help);

    /// <summary>A label.</summary>
    public static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    /// <summary>Counts a record that is written: a request, a tunnel or a refused connection.</summary>
    public void Count(AuditRecord record)
    {
        var listener = Array.IndexOf(Listeners, record.Listener);
        if (listener >= 0)
        {
            Interlocked.Increment(ref _requests[(listener * AuditNames.Actions.Length) + AuditNames.Actions.IndexOf(AuditNames.ActionOf(record))]);
        }

        if (record.Reason is { } reason)
        {
            Interlocked.Increment(ref _refusals[ReasonIndex[reason]]);
        }

        Add(ref _requestBytes, record.RequestBytes);
        Add(ref _responseBytes, record.ResponseBytes);
        Add(ref _secrets, record.SecretsUsed);
    }

    /// <summary>Counts a connection that was opened.</summary>
    public void Opened(ListenerRole listener) => Move(listener, 1);

    /// <summary>Counts a connection that was closed.</summary>
    public void Closed(ListenerRole listener) => Move(listener, -1);

    /// <summary>Counts something that was refused or ended because of a limit.</summary>
    public void Reached(Limit limit) => Interlocked.Increment(ref _limits[(int)limit]);

    /// <summary>Counts a secret that was read again, or could not be.</summary>
    public void ReadSecretAgain(bool succeeded) => Interlocked.Increment(ref succeeded ? ref _secretsRead : ref _secretsNotRead);

    /// <summary>Counts a token that was minted, or could not be.</summary>
    public void MintToken(bool succeeded) => Interlocked.Increment(ref succeeded ? ref _minted : ref _notMinted);

    /// <summary>Counts a question to a language model, and what its answer was billed with.</summary>
    /// <param name="answer">The answer; null when there was none.</param>
    public void AskModel(ModelAnswer? answer)
    {
        Interlocked.Increment(ref answer is null ? ref _unanswered : ref _answered);
        Add(ref _inputTokens, answer?.InputTokens ?? 0);
        Add(ref _outputTokens, answer?.OutputTokens ?? 0);
    }

    /// <summary>Counts a reload: one that put another policy in place, or one that was refused.</summary>
    public void Reloaded(bool succeeded) => Interlocked.Increment(ref succeeded ? ref _reloaded : ref _notReloaded);

    /// <summary>Counts a request that begins (1) or is over (-1).</summary>
    /// <returns>How many are under way then.</returns>
    public long MoveRequests(int by) => Interlocked.Add(ref _underWay, by);

    /// <summary>Counts bytes that WebSockets have carried.</summary>
    public void Carried(long requestBytes, long responseBytes)
    {
        Add(ref _requestBytes, requestBytes);
        Add(ref _responseBytes, responseBytes);
    }

    /// <summary>Counts memory that is reserved for bodies, or given back.</summary>
    /// <returns>How much is reserved then.</returns>
    public long HoldBody(long bytes) => Interlocked.Add(ref _buffered, bytes);

    /// <inheritdoc />
    public void Dispose() => Meter.Dispose();

    private IEnumerable<Measurement<long>> Reasons(Func<Reason, bool> wanted) =>
        from refusal in Read(_refusals)
        let reason = Reason.All[refusal.Index]
        where wanted(reason)
        select new Measurement<long>(refusal.Count, Tag("reason", reason.Code));

    private void Move(ListenerRole listener, int by)
    {
        var index = Array.IndexOf(Listeners, listener.Name());
        if (index >= 0)
        {
            Interlocked.Add(ref _open[index], by);
        }
    }

    private static void Add(ref long counter, long value)
    {
        if (value != 0)
        {
            Interlocked.Add(ref counter, value);
        }
    }

    private static IEnumerable<(int Index, long Count)> Read(long[] counters) => counters.Select((_, i) => (i, Interlocked.Read(ref counters[i])));
}
