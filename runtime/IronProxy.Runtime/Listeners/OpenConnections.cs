using System.Collections.Concurrent;

namespace IronProxy.Runtime.Listeners;

/// <summary>The connections that are open, for operators to look at.</summary>
/// <param name="time">The clock.</param>
internal sealed class OpenConnections(TimeProvider time)
{
    private readonly ConcurrentDictionary<ProxyConnection, DateTimeOffset> _connections = new();

    /// <summary>Adds a connection that was accepted.</summary>
    public void Add(ProxyConnection connection) => _connections.TryAdd(connection, time.GetUtcNow());

    /// <summary>Forgets a connection that is closed.</summary>
    public void Remove(ProxyConnection connection) => _connections.TryRemove(connection, out _);

    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyList<(ProxyConnection Connection, DateTimeOffset Since)> Read() =>
        [.. _connections.ToArray().Select(c => (c.Key, c.Value)).OrderBy(c => c.Value)];
}
