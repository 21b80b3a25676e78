using System.Diagnostics.Metrics;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Dns;

/// <summary>What became of DNS messages.</summary>
public sealed class DnsCounters
{
    private long _own;
    private long _denied;
    private long _errors;
    private long _passedThrough;
    private long _dropped;

    /// <summary>Counts a message.</summary>
    /// <param name="outcome">What became of it.</param>
    internal void Count(DnsOutcome outcome)
    {
        switch (outcome)
        {
            case DnsOutcome.Own:
                Interlocked.Increment(ref _own);
                break;
            case DnsOutcome.Denied:
                Interlocked.Increment(ref _denied);
                break;
            case DnsOutcome.Error:
                Interlocked.Increment(ref _errors);
                break;
            case DnsOutcome.PassThrough:
                Interlocked.Increment(ref _passedThrough);
                break;
            default:
                Interlocked.Increment(ref _dropped);
                break;
        }
    }

    /// <summary>All counts: answered with the proxy's address or a static record, denied, with an error, by the upstream resolver, not at all.</summary>
    public IEnumerable<Measurement<long>> Read() =>
    [
        new(Interlocked.Read(ref _own), ProxyMetrics.Tag("answer", "own")),
        new(Interlocked.Read(ref _denied), ProxyMetrics.Tag("answer", "denied")),
        new(Interlocked.Read(ref _errors), ProxyMetrics.Tag("answer", "error")),
        new(Interlocked.Read(ref _passedThrough), ProxyMetrics.Tag("answer", "passed_through")),
        new(Interlocked.Read(ref _dropped), ProxyMetrics.Tag("answer", "none")),
    ];
}
