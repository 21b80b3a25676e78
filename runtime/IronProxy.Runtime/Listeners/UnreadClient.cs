using System.Net.Sockets;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Notices that a client is gone while the upstream does not take what it sent. Nothing is read of the client then, so that its end stands behind bytes that nobody
/// reads; the system knows of it all the same.
/// </summary>
/// <param name="socket">The client's connection.</param>
/// <param name="farewell">How long the upstream may take nothing when the client has ended its side; null does not end anything for that.</param>
/// <param name="time">The clock.</param>
internal sealed class UnreadClient(Socket socket, TimeSpan? farewell, TimeProvider time)
{
    /// <summary>How often the connection is looked at.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Waits until something was written to the upstream, or the client is gone.</summary>
    /// <param name="writing">What is written. It may have failed, which is not said here.</param>
    /// <returns>False when the client is gone; what is written has to be ended.</returns>
    public async Task<bool> WaitAsync(Task writing)
    {
        long? endedAt = null;
        while (true)
        {
            await writing.WaitAsync(Interval, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (writing.IsCompleted)
            {
                return true;
            }

            switch (TcpStates.Of(socket))
            {
                case TcpState.Broken:
                    return false;
                case TcpState.HalfClosed or TcpState.Closed:
                    endedAt ??= time.GetTimestamp();
                    if (farewell is { } limit && time.GetElapsedTime(endedAt.Value) >= limit)
                    {
                        return false;
                    }

                    break;
                default:
                    break;
            }
        }
    }
}
