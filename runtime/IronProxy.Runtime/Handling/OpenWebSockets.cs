using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// The WebSockets that are open. Another policy judges them again, by the request that opened each and the address that it leads to; one that it denies ends at once, because
/// there is no request in it to wait for.
/// </summary>
/// <param name="decide">Asks the policy of the moment whether one may go on.</param>
/// <param name="count">Counts what was carried.</param>
/// <param name="logger">Where it is said that one was ended.</param>
internal sealed partial class OpenWebSockets(Func<OpenWebSocket, bool> decide, Action<OpenWebSocket> count, ILogger<OpenWebSockets> logger)
{
    private readonly ConcurrentDictionary<OpenWebSocket, TaskCompletionSource> _open = new();

    /// <summary>How many there are.</summary>
    public int Count => _open.Count;

    /// <summary>Carries the bytes of one until it has ended.</summary>
    /// <param name="socket">The WebSocket.</param>
    /// <param name="aborted">Ends when the client goes away.</param>
    public async Task RunAsync(OpenWebSocket socket, CancellationToken aborted)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open.TryAdd(socket, ended);
        try
        {
            Judge(socket); // The policy may have changed since it was opened.
            await socket.RunAsync(aborted).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(socket, out _);
            count(socket);
            ended.SetResult();
        }
    }

    /// <summary>Judges all of them by the policy of the moment, and ends those that it denies.</summary>
    /// <returns>Ends when they have ended.</returns>
    public Task JudgeAsync() => Task.WhenAll(_open.Where(s => Judge(s.Key)).Select(s => s.Value.Task).ToArray());

    private bool Judge(OpenWebSocket socket)
    {
        if (decide(socket))
        {
            return false;
        }

        LogEnded(socket.Request.Host.Text, socket.Request.Port);
        socket.End();
        return true;
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "a WebSocket to {host}:{port} was ended, because the policy does not allow it any more")]
    private partial void LogEnded(string host, int port);
}
