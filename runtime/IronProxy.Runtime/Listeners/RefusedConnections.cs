using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Tells of connections that were refused because too many are open. All are counted. A flood of them must not become a flood of records, which
/// would hold up the requests that wait for theirs: so many in a second have a record each, and a line of the log says how many more there were.
/// </summary>
/// <param name="auditLog">Where records go.</param>
/// <param name="metrics">What counts.</param>
/// <param name="logger">Where the line goes.</param>
/// <param name="time">The clock.</param>
public sealed partial class RefusedConnections(AuditLog auditLog, ProxyMetrics metrics, ILogger<RefusedConnections> logger, TimeProvider time) : IDisposable
{
    /// <summary>How many in a second have a record.</summary>
    public const int RecordsPerSecond = 10;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ITimer? _secondEnds;
    private int _recorded;
    private int _unrecorded;

    /// <summary>Tells of one.</summary>
    public void Add(ListenerRole kind, IPEndPoint remote, Limit limit)
    {
        if (!kind.IsForWorkloads())
        {
            return; // Not a client's, so neither audited nor counted among theirs.
        }

        metrics.Reached(limit);
        if (TryRecord() && !auditLog.TryWriteRefusal(ConnectionRecords.Create(auditLog, new ProxyConnection(kind, remote), "", Reason.TooManyConnections)))
        {
            Interlocked.Increment(ref _unrecorded);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _secondEnds?.Dispose();
        }
    }

    private bool TryRecord()
    {
        lock (_gate)
        {
            if (_recorded == 0)
            {
                _secondEnds ??= time.CreateTimer(static refused => ((RefusedConnections)refused!).EndSecond(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); // The state is this.
                _secondEnds.Change(Second, Timeout.InfiniteTimeSpan);
            }

            if (_recorded == RecordsPerSecond)
            {
                Interlocked.Increment(ref _unrecorded);
                return false;
            }

            _recorded++;
            return true;
        }
    }

    private void EndSecond()
    {
        int unrecorded;
        lock (_gate)
        {
            unrecorded = Interlocked.Exchange(ref _unrecorded, 0);
            _recorded = 0;
        }

        if (unrecorded > 0)
        {
            LogUnrecorded(unrecorded);
        }
    }

    [LoggerMessage(EventId = 110, Level = LogLevel.Warning, Message = "{Count} more connections were refused in a second (too_many_connections) and have no record each")]
    private partial void LogUnrecorded(int count);
}
