using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Telemetry;

/// <summary>The audit log, whose records are exported as well.</summary>
/// <param name="required">Where each record must go.</param>
internal sealed class ExportedSink(IAuditSink required) : IAuditSink
{
    /// <summary>Where it goes beside that, if it can; null when nowhere. Set before anything is served.</summary>
    public OtlpExport? Export { get; set; }

    /// <inheritdoc />
    public bool IsOpen() => required.IsOpen();

    /// <inheritdoc />
    public ValueTask<bool> AdmitAsync() => required.AdmitAsync();

    /// <inheritdoc />
    public bool TryAdmit() => required.TryAdmit();

    /// <inheritdoc />
    public void Write(AuditRecord record, long unrecorded)
    {
        required.Write(record, unrecorded);
        Export?.Offer(record);
    }
}
