using System.Collections.Concurrent;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The tunnels that are open, and TLS that is passed through. Another policy judges them again: requests inside are decided by it from their next one on, and
/// what it would not open ends with the request that is under way, or when that has had its time.
/// </summary>
/// <param name="policies">The policy of the moment.</param>
/// <param name="logger">Where it is said that a tunnel was broken off.</param>
/// <param name="time">The clock.</param>
internal sealed partial class OpenTunnels(CurrentPolicy policies, ILogger<OpenTunnels> logger, TimeProvider time) : IDisposable
{
    /// <summary>How long a request that is under way in a tunnel that is denied has to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    private readonly ConcurrentDictionary<ConnectionContext, OpenTunnel> _tunnels = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Adds a tunnel that was opened.</summary>
    public void Add(ConnectionContext connection, ProxyConnection proxy, Tunnel tunnel) => _tunnels.TryAdd(connection, new OpenTunnel(proxy, tunnel.Host, tunnel.Port));

    /// <summary>Says that TLS on a connection is passed through, in a tunnel or without one.</summary>
    public OpenTunnel Pass(ConnectionContext connection, ProxyConnection proxy, CanonicalHost host, int port, PassedTls passed)
    {
        var tunnel = _tunnels.GetOrAdd(connection, static (_, to) => new OpenTunnel(to.proxy, to.host, to.port), (proxy, host, port));
        tunnel.Passed = passed;
        return tunnel;
    }

    /// <summary>Forgets a tunnel that is closed.</summary>
    public void Remove(ConnectionContext connection)
    {
        if (_tunnels.TryRemove(connection, out var tunnel))
        {
            tunnel.Closed.TrySetResult();
        }
    }

    /// <summary>Judges all of them by the policy of the moment, and ends those that it denies.</summary>
    /// <returns>Ends when they have ended.</returns>
    public Task JudgeAsync() => Task.WhenAll(
        _tunnels.Where(t => policies.Active.Judge(t.Value.Connection, t.Value.Host, t.Value.Port, t.Value.Passed) is not null).Select(t => EndAsync(t.Key, t.Value)).ToArray());

    private async Task EndAsync(ConnectionContext connection, OpenTunnel tunnel)
    {
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose(); // The server closes behind the request, as at its own end.
        await Task.WhenAny(tunnel.Closed.Task, Task.Delay(Grace, time, _ending.Token)).ConfigureAwait(false);
        if (!tunnel.Closed.Task.IsCompleted && !_ending.IsCancellationRequested)
        {
            LogBrokenOff(tunnel.Host.Text, tunnel.Port);
            tunnel.IsBrokenOff = true;
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
}

/// <summary>A tunnel that is open.</summary>
/// <param name="connection">What is known of its connection.</param>
/// <param name="host">The host that it leads to.</param>
/// <param name="port">The port.</param>
internal sealed class OpenTunnel(ProxyConnection connection, CanonicalHost host, int port)
{
    private PassedTls? _passed;

    public ProxyConnection Connection => connection;

    public CanonicalHost Host => host;

    public int Port => port;

    /// <summary>TLS in it that is passed through; null when it is not, or not yet.</summary>
    public PassedTls? Passed
    {
        get => Volatile.Read(ref _passed);
        set => Interlocked.Exchange(ref _passed, value); // Before the policy is read again: see SpliceDoor.
    }

    /// <summary>Whether it was broken off because another policy denies it.</summary>
    public bool IsBrokenOff { get; set; }

    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
