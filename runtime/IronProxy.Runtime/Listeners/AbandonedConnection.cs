namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Ends a connection that is closed although the server goes on with it. When HTTP/2 streams were refused, the server miscounts
/// those that are left, and waits for the last of them for ever (Kestrel 10.0, Http2Connection: probably it takes a stream that is
/// twice in its queue for the end of the queue). Such a connection would count as open, and hold up the proxy's own end.
/// </summary>
internal static class AbandonedConnection
{
    /// <summary>How long the requests of a closed connection have to notice it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Waits until the server is done, or has been given up.</summary>
    /// <param name="serving">The server's work.</param>
    /// <param name="time">The clock.</param>
    /// <param name="closed">Cancelled when the connection is closed.</param>
    public static async Task ServeAsync(Task serving, TimeProvider time, CancellationToken closed)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = closed.UnsafeRegister(static end => ((TaskCompletionSource)end!).TrySetResult(), end).ConfigureAwait(false);
        if (await Task.WhenAny(serving, end.Task).ConfigureAwait(false) != serving)
        {
            await Task.WhenAny(serving, Task.Delay(Grace, time, CancellationToken.None)).ConfigureAwait(false);
        }

        if (serving.IsCompleted)
        {
            await serving.ConfigureAwait(false);
        }
    }
}
