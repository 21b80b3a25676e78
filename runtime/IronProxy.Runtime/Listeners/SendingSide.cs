using System.Net.Sockets;

namespace IronProxy.Runtime.Listeners;

/// <summary>The direction of a socket in which is sent: disposing it ends this direction, and leaves the other open.</summary>
/// <param name="socket">The socket, which belongs to its owner.</param>
internal sealed class SendingSide(Socket socket) : NetworkStream(socket, FileAccess.Write, ownsSocket: false)
{
    private bool _ended;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && !_ended)
        {
            _ended = true;
            try
            {
                Socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException e)
            {
                throw new IOException(e.Message, e);
            }
        }
    }
}
