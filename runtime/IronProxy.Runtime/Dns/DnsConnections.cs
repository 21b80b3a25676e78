using System.Net;
using System.Net.Sockets;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// The connections of the DNS server, a bounded number in all and for each address (RFC 7766, 6.2.2). When there is no room, the one that has
/// waited longest for a query is closed: of the same client when that has its fill, else of all. Clients open another when they need it (6.2.4).
/// </summary>
internal sealed class DnsConnections
{
    internal const int Max = 128;
    internal const int MaxPerClient = 32;

    private readonly Lock _lock = new();
    private readonly LinkedList<DnsConnection> _idle = [];
    private readonly Dictionary<IPAddress, int> _open = [];
    private int _count;
    private int _served;
    private TaskCompletionSource? _empty;

    /// <summary>Makes room for a connection.</summary>
    /// <returns>Null when there is none, because the others are being answered.</returns>
    public DnsConnection? Add(Socket socket)
    {
        var connection = new DnsConnection(socket, socket.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.None, 0));
        var client = connection.Client;
        DnsConnection? closed = null;
        lock (_lock)
        {
            var isFull = _open.GetValueOrDefault(client) >= MaxPerClient;
            if (isFull || _count >= Max)
            {
                closed = isFull ? _idle.FirstOrDefault(c => c.Client.Equals(client)) : _idle.First?.Value;
                if (closed is null)
                {
                    return null;
                }

                closed.IsClosed = true;
                Forget(closed);
            }

            connection.Idle = _idle.AddLast(connection);
            _open[client] = _open.GetValueOrDefault(client) + 1;
            _count++;
            _served++;
        }

        closed?.Close();
        return connection;
    }

    /// <summary>Says that a query came, which is now answered.</summary>
    /// <returns>False when the connection was closed in the meantime.</returns>
    public bool TryBegin(DnsConnection connection)
    {
        lock (_lock)
        {
            if (connection.Idle is null)
            {
                return false;
            }

            _idle.Remove(connection.Idle);
            connection.Idle = null;
            return true;
        }
    }

    /// <summary>Says that the query was answered.</summary>
    public void End(DnsConnection connection)
    {
        lock (_lock)
        {
            connection.Idle = _idle.AddLast(connection);
        }
    }

    /// <summary>Says that a connection is no longer served.</summary>
    public void Remove(DnsConnection connection)
    {
        lock (_lock)
        {
            if (!connection.IsClosed)
            {
                Forget(connection);
            }

            _served--;
            if (_served == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until no connection is served.</summary>
    public Task WaitUntilEmptyAsync()
    {
        lock (_lock)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _served == 0 ? Task.CompletedTask : _empty.Task;
        }
    }

    private void Forget(DnsConnection connection)
    {
        if (connection.Idle is { } place)
        {
            _idle.Remove(place);
            connection.Idle = null;
        }

        if (_open[connection.Client] == 1)
        {
            _open.Remove(connection.Client);
        }
        else
        {
            _open[connection.Client]--;
        }

        _count--;
    }
}
