using System.Net.Sockets;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Connections;

namespace IronProxy.Runtime.Listeners;

/// <summary>The wait for a client to take what was still to be sent when its connection is closed.</summary>
internal sealed class ClosingWait : ClientWait
{
    private readonly ConnectionContext _connection;
    private readonly Socket _socket;

    public ClosingWait(ConnectionContext connection, Socket socket)
    {
        _connection = connection;
        _socket = socket;
    }

    protected override long Moved => TcpProgress.Acknowledged(_socket);

    protected override void End() => _connection.Abort(new ConnectionAbortedException("The client does not take what is left to be sent."));
}
