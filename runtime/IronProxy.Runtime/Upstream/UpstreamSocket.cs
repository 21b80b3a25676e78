using System.Net;
using System.Net.Sockets;

namespace IronProxy.Runtime.Upstream;

/// <summary>A connection to an upstream that no pool keeps.</summary>
/// <param name="stream">The connection: that of a dialler, or TLS with a proxy on the way.</param>
/// <param name="permit">The right to it.</param>
internal sealed class UpstreamSocket(Stream stream, UpstreamPermit permit) : IDisposable
{
    /// <summary>The bytes of the upstream.</summary>
    public Stream Stream => stream;

    /// <summary>The socket, to the upstream or to a proxy on the way.</summary>
    public Socket Socket { get; } = stream is UpstreamTlsStream tls ? tls.Socket : ((NetworkStream)stream).Socket; // What was dialled is a connected socket.

    /// <summary>The address of the upstream; null when only a proxy on the way knows it.</summary>
    public IPAddress? Address { get; } = permit.Address;

    public void Dispose()
    {
        stream.Dispose();
        permit.Dispose();
    }
}
