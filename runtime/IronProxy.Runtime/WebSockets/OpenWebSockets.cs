using System.Collections.Concurrent;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Policies;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.WebSockets;

/// <summary>
/// The WebSockets that are open. Another policy judges them again, by the request that opened each and the address that it leads to; one that it denies ends at once, because
/// there is no request in it to wait for. In those that are inspected, its steps read the messages that begin from then on.
/// </summary>
/// <param name="policies">The policy of the moment.</param>
/// <param name="count">Counts what was carried.</param>
/// <param name="logger">Where it is said that one was ended, and what was in the messages of one.</param>
internal sealed partial class OpenWebSockets(CurrentPolicy policies, Action<OpenWebSocket> count, ILogger<OpenWebSockets> logger)
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
            await JudgeAsync(socket).ConfigureAwait(false); // The policy may have changed since it was opened.
            await socket.RunAsync(aborted).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(socket, out _);
            count(socket);
            Report(socket);
            ended.SetResult();
        }
    }

    /// <summary>Judges all of them by the policy of the moment, and ends those that it denies.</summary>
    /// <returns>Ends when they have ended.</returns>
    public Task JudgeAsync() => Task.WhenAll(_open.Select(s => JudgeAsync(s.Key, s.Value.Task)).ToArray());

    private async Task JudgeAsync(OpenWebSocket socket, Task ended)
    {
        if (!await JudgeAsync(socket).ConfigureAwait(false))
        {
            await ended.ConfigureAwait(false);
        }
    }

    /// <returns>False when it is denied; then it is ending.</returns>
    private async ValueTask<bool> JudgeAsync(OpenWebSocket socket)
    {
        using var lease = policies.Lease();
        var request = lease.Active.Recall(socket.Connection, socket.Request, socket.Client);
        if (lease.Active.Judge(socket.Connection, request, socket.UpstreamAddress) is null && await TryInspectAsync(lease.Active, socket, request).ConfigureAwait(false))
        {
            return true;
        }

        LogEnded(socket.Request.Host.Text, socket.Request.Port);
        socket.End();
        return false;
    }

    /// <returns>False when its messages would have to be read, and cannot: its sides may have agreed on an extension, or a secret is missing.</returns>
    private static async ValueTask<bool> TryInspectAsync(ActivePolicy active, OpenWebSocket socket, CanonicalRequest request)
    {
        WebSocketMessages? messages;
        try
        {
            messages = await active.Steps.InspectAsync(request, socket.Inspection?.Report ?? new MessageReport(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (SecretUnavailableException)
        {
            return false;
        }

        if (messages is null && active.Steps.NeedsInspection(request))
        {
            return false; // A new one would not be opened.
        }

        if (socket.Inspection is not { } inspection)
        {
            return messages is null;
        }

        inspection.Replace(messages ?? new WebSocketMessages(0));
        return true;
    }

    private void Report(OpenWebSocket socket)
    {
        if (socket.Inspection is not { } inspection)
        {
            return;
        }

        var (host, port) = (socket.Request.Host.Text, socket.Request.Port);
        if (inspection.Refusal is { } refusal)
        {
            LogRefused(host, port, (int)refusal);
        }

        var swapped = string.Join(", ", inspection.Report.Swapped);
        var scrubbed = string.Join(", ", inspection.Report.Scrubbed);
        if (swapped.Length + scrubbed.Length > 0)
        {
            LogSecrets(host, port, swapped, scrubbed);
        }
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "a WebSocket to {host}:{port} was ended, because the policy does not allow it any more")]
    private partial void LogEnded(string host, int port);

    [LoggerMessage(EventId = 302, Level = LogLevel.Warning, Message = "a WebSocket to {host}:{port} was ended with code {closeCode}, because of a message that cannot go on")]
    private partial void LogRefused(string host, int port, int closeCode);

    [LoggerMessage(EventId = 303, Level = LogLevel.Information, Message = "secrets in the messages of a WebSocket to {host}:{port}: put in [{swapped}], taken out [{scrubbed}]")]
    private partial void LogSecrets(string host, int port, string swapped, string scrubbed);
}
