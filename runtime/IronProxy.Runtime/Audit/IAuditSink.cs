using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>Where finished records go. It has one bounded queue, and nothing that was let in is dropped.</summary>
public interface IAuditSink
{
    /// <summary>Whether records can still be written; if not, nothing may be let through.</summary>
    bool IsOpen();

    /// <summary>Waits for room for one record, which <see cref="Write"/> then uses.</summary>
    /// <returns>False when there was none in time: what it would be about must be refused with <see cref="Reason.AuditUnavailable"/>.</returns>
    ValueTask<bool> AdmitAsync();

    /// <summary>Takes room for one record, if there is any now.</summary>
    bool TryAdmit();

    /// <summary>Writes a record for which there is room, once it is finished.</summary>
    /// <param name="record">The record. It does not change any more.</param>
    /// <param name="unrecorded">How many refusals before it have no record, because there was no room.</param>
    void Write(AuditRecord record, long unrecorded);
}
