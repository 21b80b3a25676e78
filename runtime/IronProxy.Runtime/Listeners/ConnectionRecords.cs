using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Listeners;

/// <summary>Records of connections that never became a request.</summary>
internal static class ConnectionRecords
{
    public static AuditRecord Create(AuditLog auditLog, ProxyConnection connection, string mode, Reason reason, string host = "", int? port = null, string? scheme = null)
    {
        var audit = auditLog.Begin();
        audit.Listener = connection.ListenerName;
        audit.RemoteAddress = connection.RemoteAddress;
        audit.Sni = connection.Sni;
        audit.Mode = mode;
        audit.Scheme = scheme;
        audit.Host = host;
        audit.Port = port;
        audit.Reason = reason;
        audit.StatusCode = reason.Status;
        audit.RejectedBy = AuditNames.Proxy;
        return audit;
    }
}
