using System.Diagnostics.Metrics;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Dns;

/// <summary>What became of a question to name servers.</summary>
internal enum LookupOutcome
{
    /// <summary>A name server answered.</summary>
    Answered,

    /// <summary>The answer was kept from before.</summary>
    Kept,

    /// <summary>No name server answered.</summary>
    Failed,

    /// <summary>It was not asked: the client has its share under way.</summary>
    Refused,
}

/// <summary>What became of the questions that the proxy asks name servers.</summary>
public sealed class LookupCounters
{
    private static readonly LookupOutcome[] Outcomes = Enum.GetValues<LookupOutcome>();

    private readonly long[] _counts = new long[Outcomes.Length];

    /// <summary>Counts a question.</summary>
    internal void Count(LookupOutcome outcome) => Interlocked.Increment(ref _counts[(int)outcome]);

    /// <summary>All counts.</summary>
    public IEnumerable<Measurement<long>> Read() =>
        Outcomes.Select(o => new Measurement<long>(Interlocked.Read(ref _counts[(int)o]), ProxyMetrics.Tag("outcome", o.ToString().ToLowerInvariant())));
}
