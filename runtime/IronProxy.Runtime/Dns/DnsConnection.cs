using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>A connection of the DNS server over TCP.</summary>
internal sealed class DnsConnection(Socket socket, IPEndPoint endpoint)
{
    /// <summary>The client's end.</summary>
    public IPEndPoint Endpoint => endpoint;

    public IPAddress Client { get; } = CanonicalHost.Unmap(endpoint.Address);

    /// <summary>Its place among those that wait for a query; null while one is answered, and when it was closed for another connection.</summary>
    public LinkedListNode<DnsConnection>? Idle { get; set; }

    /// <summary>Whether it was closed to make room.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Ends whatever it waits for.</summary>
    public void Close() => socket.Dispose();
}
