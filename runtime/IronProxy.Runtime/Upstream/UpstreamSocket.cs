using System.Net;
using System.Net.Sockets;

namespace IronProxy.Runtime.Upstream;

/// <summary>A connection to an upstream that no pool keeps.</summary>
/// <param name="stream">The connection.</param>
/// <param name="permit">The right to it.</param>
internal sealed class UpstreamSocket(NetworkStream stream, UpstreamPermit permit) : IDisposable
{
    /// <summary>The bytes of the upstream.</summary>
    public Stream Stream => stream;

    /// <summary>The socket.</summary>
    public Socket Socket => stream.Socket;

    /// <summary>The address that was dialled.</summary>
    public IPAddress Address { get; } = permit.Address!; // No proxy made it.

    public void Dispose()
    {
        stream.Dispose();
        permit.Dispose();
    }
}
