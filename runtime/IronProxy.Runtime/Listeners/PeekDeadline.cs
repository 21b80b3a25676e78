using Microsoft.AspNetCore.Connections;

namespace IronProxy.Runtime.Listeners;

/// <summary>Bounds how long a client may take until its protocol is known: a pending read ends as cancelled.</summary>
internal sealed class PeekDeadline : IDisposable
{
    /// <summary>The longest time.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ITimer _timer;

    public PeekDeadline(ConnectionContext connection, TimeProvider time)
    {
        _timer = time.CreateTimer(
            _ =>
            {
                Expired = true;
                connection.Transport.Input.CancelPendingRead();
            },
            null,
            Limit,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the time is up.</summary>
    public bool Expired { get; private set; }

    /// <summary>Ends the limit: the protocol is known.</summary>
    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
