using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Records the HTTP/2 requests that the server itself refuses, by resetting their stream or ending their connection. They
/// never reach the pipeline, and the server tells of them in its log alone, by connection.
/// </summary>
/// <param name="auditLog">Where records go.</param>
public sealed partial class RefusedStreams(AuditLog auditLog) : ILoggerProvider
{
    /// <summary>The log that tells of them.</summary>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    private readonly ConcurrentDictionary<string, (ProxyConnection Proxy, ConnectionContext Context)> _connections = new(StringComparer.Ordinal);

    /// <summary>Remembers a connection for as long as it lives.</summary>
    public void Add(ConnectionContext context, ProxyConnection proxy) => _connections[context.ConnectionId] = (proxy, context);

    /// <summary>Forgets a connection.</summary>
    public void Remove(string id) => _connections.TryRemove(id, out _);

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Listener(this);

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing is held that outlives its connection.
    }

    /// <summary>Records a connection that ended, or a stream of one. A stream that is not known counts as a new one.</summary>
    private void Record(string id, int? stream = null)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection.Proxy.Unwritten is not null || (stream is not null && !connection.Proxy.TryRefuse(stream.Value)))
        {
            return;
        }

        var proxy = connection.Proxy;
        var audit = ConnectionRecords.Create(auditLog, proxy, "mitm", Reason.MalformedRequest, proxy.Tunnel?.Host.Text ?? proxy.Sni ?? "", scheme: "https");
        if (!auditLog.TryWriteRefusal(audit))
        {
            proxy.Unwritten = audit;
            connection.Context.Abort();
        }
    }

    [GeneratedRegex("stream ID (?<number>[0-9]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamNumber();

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

                case "Http2StreamError":
                    refused.Record(Value(values, "ConnectionId"), StreamOf(exception));
                    break;

                // Other codes are the proxy's own doing, for a request that has its record. The identifier is the
                // connection's, a colon and the stream's in hexadecimal.
                case "Http2StreamResetAbort" when Value(values, "error") == "PROTOCOL_ERROR":
                    var identifier = Value(values, "TraceIdentifier").Split(':');
                    refused.Record(identifier[0], int.TryParse(identifier[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var stream) ? stream : null);
                    break;
            }
        }

        /// <summary>The server tells the number of the stream in the message of its error alone.</summary>
        private static int? StreamOf(Exception? error) =>
            StreamNumber().Match(error?.Message ?? "") is { Success: true } match
            && int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;

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
