using System.Diagnostics;
using IronProxy.Plan;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Audit;

/// <summary>
/// The audit log. Nothing is let through without its record: there is room for it before (<see cref="AdmitAsync"/>), or it is refused.
/// </summary>
/// <param name="sink">Where records go.</param>
/// <param name="time">The clock.</param>
/// <param name="planHash">Policy hash of the plan that decides now.</param>
/// <param name="count">Counts each record.</param>
/// <param name="startSpan">Starts the span of a record, from the head of its request when there is one; null when nothing is traced.</param>
public sealed class AuditLog(IAuditSink sink, TimeProvider time, Func<string> planHash, Action<AuditRecord> count, Func<IHeaderDictionary?, Activity?>? startSpan = null)
{
    private long _unrecorded;

    /// <summary>Whether records can still be written; if not, nothing may be let through.</summary>
    public bool IsOpen() => sink.IsOpen();

    /// <summary>Starts a record now, of what the newest policy decides.</summary>
    public AuditRecord Begin() => Begin(planHash());

    /// <summary>Starts a record now.</summary>
    /// <param name="hash">Policy hash of the plan that decides.</param>
    /// <param name="headers">The head of the request that it is about; null when it is about none.</param>
    public AuditRecord Begin(string hash, IHeaderDictionary? headers = null) => new(time.GetTimestamp(), hash, startSpan?.Invoke(headers));

    /// <summary>Waits for room for one record, which <see cref="Write"/> then uses.</summary>
    /// <returns>False when there was none in time: what it would be about must be refused with <see cref="Reason.AuditUnavailable"/>.</returns>
    public ValueTask<bool> AdmitAsync() => sink.AdmitAsync();

    /// <summary>Writes the finished record of a refusal as soon as there is room.</summary>
    public async ValueTask WriteRefusalAsync(AuditRecord record)
    {
        if (await sink.AdmitAsync().ConfigureAwait(false))
        {
            Write(record);
        }
        else
        {
            CountUnrecorded(record);
        }
    }

    /// <summary>Writes the finished record of a refusal where nothing can wait.</summary>
    /// <returns>False when there is no room now.</returns>
    public bool TryWriteRefusal(AuditRecord record)
    {
        if (!sink.TryAdmit())
        {
            return false;
        }

        Write(record);
        return true;
    }

    /// <summary>Counts a refusal for which there was no room in time. A later record says how many there were.</summary>
    public void CountUnrecorded(AuditRecord record)
    {
        record.Reason = Reason.AuditUnavailable;
        count(record);
        Interlocked.Increment(ref _unrecorded);
    }

    /// <summary>Writes a finished record for which there is room.</summary>
    public void Write(AuditRecord record)
    {
        record.Finish();
        count(record);
        sink.Write(record, Volatile.Read(ref _unrecorded) > 0 ? Interlocked.Exchange(ref _unrecorded, 0) : 0);
    }
}
