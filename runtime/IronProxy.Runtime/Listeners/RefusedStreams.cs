using System.Collections.Concurrent;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Records the HTTP/2 requests that the server itself refuses, by resetting their stream or ending their connection. They
/// never reach the pipeline, and the server tells of them in its log alone, by connection.
/// </summary>
/// <param name="auditLog">Where records go.</param>
public sealed class RefusedStreams(AuditLog auditLog) : ILoggerProvider
{
    /// <summary>The log that tells of them.</summary>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    private readonly ConcurrentDictionary<string, ProxyConnection> _connections = new(StringComparer.Ordinal);

    /// <summary>Remembers a connection for as long as it lives.</summary>
    public void Add(string id, ProxyConnection connection) => _connections[id] = connection;

    /// <summary>Forgets a connection.</summary>
    public void Remove(string id) => _connections.TryRemove(id, out _);

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Listener(this);

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing is held that outlives its connection.
    }

    private void Record(string id)
    {
        if (_connections.TryGetValue(id, out var connection))
        {
            ConnectionRecords.Write(auditLog, connection, "mitm", Reason.MalformedRequest, connection.Tunnel?.Host.Text ?? connection.Sni ?? "", scheme: "https");
        }
    }

    private sealed class Listener(RefusedStreams refused) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                return;
            }

            switch (eventId.Name)
            {
                case "Http2ConnectionError" or "HPackDecodingError":
                    refused.Record(Value(values, "ConnectionId"));
                    break;

                // Other codes are the proxy's own doing, for a request that has its record. The identifier is the
                // connection's, a colon and the stream's.
                case "Http2StreamResetAbort" when Value(values, "error") == "PROTOCOL_ERROR":
                    refused.Record(Value(values, "TraceIdentifier").Split(':')[0]);
                    break;
            }
        }

        private static string Value(IReadOnlyList<KeyValuePair<string, object?>> values, string name)
        {
            foreach (var (key, value) in values)
            {
                if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                {
                    return value?.ToString() ?? "";
                }
            }

            return "";
        }
    }
}
