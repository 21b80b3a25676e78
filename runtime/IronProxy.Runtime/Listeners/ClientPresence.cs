using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Tells a client that has sent all that it wants to send (<c>nc -N</c>) from one that is gone. The server takes the end of what
/// a client sends for its end; here that end is kept from it, and it comes upon it when it reads on, behind the answer. A client
/// that is gone shows by a reset: in answer to what is sent to it, or to the system's keep-alive probes.
/// </summary>
internal sealed class ClientPresence : IDisposable
{
    /// <summary>How often a connection whose client says no more is looked at.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private const int ProbeAfterSeconds = 10;
    private const int ProbesBeforeReset = 3;

    private readonly ConnectionContext _connection;
    private readonly CancellationToken _ended;
    private readonly TimeProvider _time;
    private readonly Socket? _socket;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenRegistration _registration;
    private ITimer? _timer;

    /// <summary>Stands between the connection and the server.</summary>
    public ClientPresence(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _socket = OperatingSystem.IsLinux() ? connection.Features.Get<IConnectionSocketFeature>()?.Socket : null;
        _ended = connection.ConnectionClosed;
        connection.ConnectionClosed = _gone.Token;
        _registration = _ended.UnsafeRegister(static self => ((ClientPresence)self!).Ended(), this);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _timer?.Dispose();
        _connection.ConnectionClosed = _ended;
        _gone.Dispose();
    }

    private void Ended()
    {
        if (!IsHalfClosed())
        {
            Cancel();
            return;
        }

        try
        {
            TcpKeepAlive.Enable(_socket!, ProbeAfterSeconds, ProbeAfterSeconds, ProbesBeforeReset); // Half closed, so there is one.
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Cancel();
            return;
        }

        _timer = _time.CreateTimer(static self => ((ClientPresence)self!).Look(), this, Interval, Interval);
    }

    private void Look()
    {
        if (!IsHalfClosed())
        {
            _timer?.Dispose();
            Cancel();
        }
    }

    private void Cancel()
    {
        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The server was done with the connection in the meantime.
        }
    }

    private bool IsHalfClosed() => _socket is not null && TcpStates.Of(_socket) == TcpState.HalfClosed;
}
