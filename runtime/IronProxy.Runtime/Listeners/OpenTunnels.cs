using System.Collections.Concurrent;
using IronProxy.Plan;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The tunnels that are open. Another policy judges them again: requests inside are decided by it from their next one on, and a tunnel that it would not open
/// ends with the request that is under way, or when that has had its time.
/// </summary>
/// <param name="decide">Asks the policy of the moment about a host and port.</param>
/// <param name="logger">Where it is said that a tunnel was broken off.</param>
/// <param name="time">The clock.</param>
internal sealed partial class OpenTunnels(Func<CanonicalHost, int, bool> decide, ILogger<OpenTunnels> logger, TimeProvider time) : IDisposable
{
    /// <summary>How long a request that is under way in a tunnel that is denied has to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    private readonly ConcurrentDictionary<ConnectionContext, OpenTunnel> _tunnels = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Adds a tunnel that was opened.</summary>
    public void Add(ConnectionContext connection, Tunnel tunnel) => _tunnels.TryAdd(connection, new OpenTunnel(tunnel));

    /// <summary>Forgets a tunnel that is closed.</summary>
    public void Remove(ConnectionContext connection)
    {
        if (_tunnels.TryRemove(connection, out var tunnel))
        {
            tunnel.Closed.SetResult();
        }
    }

    /// <summary>Judges all of them by the policy of the moment, and ends those that it denies.</summary>
    /// <returns>Ends when they have ended.</returns>
    public Task JudgeAsync() => Task.WhenAll(
        _tunnels.Where(t => !decide(t.Value.Tunnel.Host, t.Value.Tunnel.Port)).Select(t => EndAsync(t.Key, t.Value)).ToArray());

    private async Task EndAsync(ConnectionContext connection, OpenTunnel tunnel)
    {
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose(); // The server closes behind the request, as at its own end.
        await Task.WhenAny(tunnel.Closed.Task, Task.Delay(Grace, time, _ending.Token)).ConfigureAwait(false);
        if (!tunnel.Closed.Task.IsCompleted && !_ending.IsCancellationRequested)
        {
            LogBrokenOff(tunnel.Tunnel.Host.Text, tunnel.Tunnel.Port);
            connection.Abort(new ConnectionAbortedException("The policy does not allow the tunnel any more."));
            await tunnel.Closed.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Nothing is ended any more: the process does that.</summary>
    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    [LoggerMessage(EventId = 300, Level = LogLevel.Information, Message = "a tunnel to {host}:{port} was broken off, because the policy does not allow it any more")]
    private partial void LogBrokenOff(string host, int port);

    private sealed record OpenTunnel(Tunnel Tunnel)
    {
        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
