using System.Diagnostics.Metrics;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Dns;

/// <summary>What became of DNS messages.</summary>
public sealed class DnsCounters
{
    private const int ResponseCode = 0x0F; // RFC 1035, 4.1.1: the low half of the fourth byte.

    private long _answered;
    private long _refused;
    private long _passedThrough;
    private long _dropped;

    /// <summary>Counts a message.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="response">The response, when there is one.</param>
    internal void Count(DnsOutcome outcome, ReadOnlySpan<byte> response)
    {
        switch (outcome)
        {
            case DnsOutcome.PassThrough:
                Interlocked.Increment(ref _passedThrough);
                break;
            case DnsOutcome.Answered when response.Length > 3 && (response[3] & ResponseCode) == 0:
                Interlocked.Increment(ref _answered);
                break;
            case DnsOutcome.Answered:
                Interlocked.Increment(ref _refused);
                break;
            default:
                Interlocked.Increment(ref _dropped);
                break;
        }
    }

    /// <summary>All counts: with the proxy's address or a static record, with an error, by the upstream resolver, not at all.</summary>
    public IEnumerable<Measurement<long>> Read() =>
    [
        new(Interlocked.Read(ref _answered), ProxyMetrics.Tag("answer", "own")),
        new(Interlocked.Read(ref _refused), ProxyMetrics.Tag("answer", "error")),
        new(Interlocked.Read(ref _passedThrough), ProxyMetrics.Tag("answer", "passed_through")),
        new(Interlocked.Read(ref _dropped), ProxyMetrics.Tag("answer", "none")),
    ];
}
