using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Listeners;

/// <summary>What records say of the connection, wherever they begin.</summary>
internal static class ConnectionRecords
{
    /// <summary>Fills in what is known of a request by its connection.</summary>
    public static void DescribeRequest(AuditRecord audit, ProxyConnection connection) =>
        Describe(audit, connection, connection.IsTls ? "mitm" : "http", connection.IsTls ? "https" : "http");

    /// <summary>Fills in what is known of a tunnel by its connection.</summary>
    public static void DescribeTunnel(AuditRecord audit, ProxyConnection connection, string mode) => Describe(audit, connection, mode, scheme: null);

    /// <summary>Fills in what is known by its connection of TLS that is passed through.</summary>
    public static void DescribePassed(AuditRecord audit, ProxyConnection connection) => Describe(audit, connection, TlsModes.SniOnly, "https");

    /// <summary>A record of a connection that never became a request.</summary>
    public static AuditRecord Create(AuditLog auditLog, ProxyConnection connection, string mode, Reason reason, string host = "", int? port = null, string? scheme = null)
    {
        var audit = auditLog.Begin();
        Describe(audit, connection, mode, scheme);
        audit.Host = host;
        audit.Port = port;
        audit.Reason = reason;
        audit.StatusCode = reason.Status;
        audit.RejectedBy = AuditNames.Proxy;
        return audit;
    }

    private static void Describe(AuditRecord audit, ProxyConnection connection, string mode, string? scheme)
    {
        audit.Listener = connection.ListenerName;
        audit.RemoteAddress = connection.RemoteAddress;
        audit.Client = connection.Tunnel?.Client;
        audit.Sni = connection.Sni;
        audit.Mode = mode;
        audit.Scheme = scheme;
    }
}
