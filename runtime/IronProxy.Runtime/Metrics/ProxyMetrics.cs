using System.Collections.Frozen;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Metrics;

/// <summary>
/// What the proxy counts. Counting allocates nothing and takes no lock. Labels are listeners, actions and reasons, whose number is known here:
/// nothing that a workload sends, such as a host, becomes one, because whoever chooses labels chooses how much memory they take.
/// </summary>
public sealed class ProxyMetrics
{
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
    private long _secretsNotRead;

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

    /// <summary>Counts a request that begins (1) or is over (-1).</summary>
    /// <returns>How many are under way then.</returns>
    public long MoveRequests(int by) => Interlocked.Add(ref _underWay, by);

    /// <summary>Counts memory that is reserved for bodies, or given back.</summary>
    /// <returns>How much is reserved then.</returns>
    public long HoldBody(long bytes) => Interlocked.Add(ref _buffered, bytes);

    /// <summary>Writes all of them.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="dns">What the DNS server counts; null without one.</param>
    /// <param name="lookups">What became of the questions to name servers.</param>
    internal void WriteTo(PrometheusText text, DnsCounters? dns, LookupCounters lookups)
    {
        text.Begin(MetricNames.Requests);
        foreach (var (index, count) in Read(_requests))
        {
            text.Sample(count, ("listener", Listeners[index / AuditNames.Actions.Length]), ("action", AuditNames.Actions[index % AuditNames.Actions.Length]));
        }

        WriteReasons(text, MetricNames.Refusals, static _ => true);
        WriteReasons(text, MetricNames.UpstreamErrors, static r => r.Code.StartsWith("upstream_", StringComparison.Ordinal));
        text.Begin(MetricNames.Connections);
        foreach (var (index, count) in Read(_open))
        {
            text.Sample(count, ("listener", Listeners[index]));
        }

        text.Begin(MetricNames.RequestsUnderWay);
        text.Sample(Interlocked.Read(ref _underWay));
        text.Begin(MetricNames.BufferedBodies);
        text.Sample(Interlocked.Read(ref _buffered));
        text.Begin(MetricNames.LimitsReached);
        foreach (var (index, count) in Read(_limits))
        {
            text.Sample(count, ("limit", LimitNames.All[index]));
        }

        text.Begin(MetricNames.BodyBytes);
        text.Sample(Interlocked.Read(ref _requestBytes), ("direction", "request"));
        text.Sample(Interlocked.Read(ref _responseBytes), ("direction", "response"));
        text.Begin(MetricNames.Secrets);
        text.Sample(Interlocked.Read(ref _secrets));
        text.Begin(MetricNames.SecretReads);
        text.Sample(Interlocked.Read(ref _secretsRead), ("outcome", "read"));
        text.Sample(Interlocked.Read(ref _secretsNotRead), ("outcome", "failed"));
        text.Begin(MetricNames.Lookups);
        foreach (var (outcome, count) in lookups.Read())
        {
            text.Sample(count, ("outcome", outcome));
        }

        if (dns is not null)
        {
            text.Begin(MetricNames.DnsQuestions);
            foreach (var (answer, count) in dns.Read())
            {
                text.Sample(count, ("answer", answer));
            }
        }
    }

    private void WriteReasons(PrometheusText text, MetricName metric, Func<Reason, bool> wanted)
    {
        text.Begin(metric);
        foreach (var (index, count) in Read(_refusals).Where(r => wanted(Reason.All[r.Index])))
        {
            text.Sample(count, ("reason", Reason.All[index].Code));
        }
    }

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
