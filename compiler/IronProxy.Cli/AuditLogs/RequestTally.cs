using System.Runtime.InteropServices;

namespace IronProxy.Cli.AuditLogs;

/// <summary>How often each request was recorded. It grows with the number of different requests, not with that of lines.</summary>
internal sealed class RequestTally
{
    private readonly Dictionary<RecordedRequest, long> _counts = [];

    /// <summary>The requests, each once, in no order.</summary>
    public IReadOnlyDictionary<RecordedRequest, long> Counts => _counts;

    /// <summary>How many lines were something else: log lines and empty ones.</summary>
    public long OtherLines { get; private set; }

    /// <summary>How many lines could not be read.</summary>
    public long BrokenLines { get; private set; }

    /// <summary>Counts a record.</summary>
    public void Add(RecordedRequest request) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, request, out _)++;

    /// <summary>Counts a line that is no record.</summary>
    public void AddOther() => OtherLines++;

    /// <summary>Counts a line that cannot be read.</summary>
    public void AddBroken() => BrokenLines++;
}
