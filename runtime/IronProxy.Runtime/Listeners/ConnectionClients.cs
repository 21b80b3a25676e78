using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;

namespace IronProxy.Runtime.Listeners;

/// <summary>Who asks on a connection: by what it showed when it was opened, and by where it comes from.</summary>
internal static class ConnectionClients
{
    /// <summary>Who asks on a connection. On the tunnel listener outside of tunnels each request shows that itself.</summary>
    public static ClientIdentity? ClientOf(this ActivePolicy active, ProxyConnection connection) => active.Recall(connection, connection.Tunnel?.Client);

    /// <summary>What a connection itself tells of who asks.</summary>
    public static ClientEvidence EvidenceOf(this ActivePolicy active, ProxyConnection connection) =>
        new(connection.ClientAddress) { Certificate = connection.Certificate?.For(active.TunnelCertificate?.ClientCas) };

    /// <summary>Who is at the other end of what a connection opened under this policy or one before.</summary>
    public static ClientIdentity? Recall(this ActivePolicy active, ProxyConnection connection, ClientIdentity? opened) =>
        active.Policy.Clients?.Recall(opened, active.EvidenceOf(connection));

    /// <summary>Decides about a tunnel, or TLS that is passed through, that is open already.</summary>
    /// <returns>Null, or why it may not go on.</returns>
    public static Reason? Judge(this ActivePolicy active, ProxyConnection connection, CanonicalHost host, int port, PassedTls? passed)
    {
        var client = active.ClientOf(connection)?.Name;
        return active.Policy.RequireClient(connection.Listener, client) ?? active.Judge(host, port, client, passed);
    }

    /// <summary>A request that has opened something, as it would come from who is at the other end now.</summary>
    public static CanonicalRequest Recall(this ActivePolicy active, ProxyConnection connection, CanonicalRequest request, ClientIdentity? opened) =>
        request with { Client = active.Recall(connection, opened)?.Name };

    /// <summary>Decides about what a request on a connection has opened.</summary>
    /// <param name="active">The policy.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="request">The request, as it would come now.</param>
    /// <param name="upstream">The address that it was connected to; null when that is not known here.</param>
    /// <returns>Null, or why it may not go on.</returns>
    public static Reason? Judge(this ActivePolicy active, ProxyConnection connection, CanonicalRequest request, IPAddress? upstream) =>
        active.Policy.RequireClient(connection.Listener, request.Client) ?? active.Judge(request, upstream);
}
