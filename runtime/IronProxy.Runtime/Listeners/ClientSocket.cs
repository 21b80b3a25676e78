using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The socket below a connection. What the server writes waits in buffers whose emptying nobody tells of, and when it ends its writing it ends the reading, too:
/// where one direction has to end before the other, all is sent by the socket itself, or by TLS of the tunnel listener on it.
/// </summary>
internal static class ClientSocket
{
    /// <summary>The socket of a connection.</summary>
    public static Socket Of(ConnectionContext connection) => connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    /// <summary>Sends before the server has written anything.</summary>
    /// <exception cref="ConnectionResetException">The client is gone.</exception>
    public static async ValueTask SendAsync(ConnectionContext connection, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (connection.Features.Get<ProxyConnection>()?.TunnelTls is { } tls)
            {
                await tls.WriteAsync(bytes).ConfigureAwait(false);
                return;
            }

            for (var rest = bytes; !rest.IsEmpty;)
            {
                rest = rest[await Of(connection).SendAsync(rest).ConfigureAwait(false)..];
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            throw new ConnectionResetException(e.Message, e);
        }
    }

    /// <summary>Breaks a connection off, so that the other side does not take it for a proper end.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }
}
