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
public sealed partial class RefusedStreams(AuditLog auditLog) : ILoggerProvider, ISupportExternalScope
{
    /// <summary>The log that tells of them.</summary>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    /// <summary>The log that tells of connections which ended by an exception that the server did not expect.</summary>
    public const string ServerCategory = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Streams over the limit that one connection may begin, as a client does that has not read the limit yet.</summary>
    private const int MaxRefusedForLoad = 100;

    private readonly ConcurrentDictionary<string, (ProxyConnection Proxy, ConnectionContext Context)> _connections = new(StringComparer.Ordinal);
    private IExternalScopeProvider? _scopes;

    /// <summary>Remembers a connection for as long as it lives.</summary>
    public void Add(ConnectionContext context, ProxyConnection proxy) => _connections[context.ConnectionId] = (proxy, context);

    /// <summary>Forgets a connection.</summary>
    public void Remove(string id) => _connections.TryRemove(id, out _);

    /// <summary>Records a connection over which more came than is served, once, and ends it.</summary>
    public void RecordFlood(string id)
    {
        if (_connections.TryGetValue(id, out var connection) && connection.Proxy.TryFlood())
        {
            Write(connection.Proxy, connection.Context, Reason.Http2Flood);
            connection.Context.Abort(new ConnectionAbortedException(Reason.Http2Flood.Sentence));
        }
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Listener(this);

    /// <inheritdoc />
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing is held that outlives its connection.
    }

    /// <summary>Records a connection that ended.</summary>
    private void RecordEnd(string id)
    {
        if (_connections.TryGetValue(id, out var connection) && connection.Proxy.TryFail())
        {
            Write(connection.Proxy, connection.Context, Reason.MalformedRequest);
        }
    }

    /// <summary>Records a stream that was refused. One that is not known counts as a new one.</summary>
    private void RecordStream(string id, int? stream, bool forLoad)
    {
        if (!_connections.TryGetValue(id, out var connection) || (stream is not null && !connection.Proxy.TryRefuse(stream.Value)))
        {
            return;
        }

        if (!forLoad)
        {
            Write(connection.Proxy, connection.Context, Reason.MalformedRequest);
        }
        else if (connection.Proxy.CountRefusedForLoad() <= MaxRefusedForLoad)
        {
            Write(connection.Proxy, connection.Context, Reason.Http2Flood);
        }
        else
        {
            RecordFlood(id);
        }
    }

    /// <summary>
    /// The server ends a connection by exceptions of kinds that it did not foresee, such as a number that does not fit, and says
    /// in its scope alone which one it was.
    /// </summary>
    private void RecordUnexpectedEnd() => _scopes?.ForEachScope(
        static (scope, refused) =>
        {
            if (scope is IEnumerable<KeyValuePair<string, object?>> values
                && values.FirstOrDefault(v => v.Key == "ConnectionId").Value is string id)
            {
                refused.RecordEnd(id);
            }
        },
        this);

    private void Write(ProxyConnection proxy, ConnectionContext context, Reason reason)
    {
        if (proxy.Unwritten is not null)
        {
            return;
        }

        var audit = ConnectionRecords.Create(auditLog, proxy, "mitm", reason, proxy.Tunnel?.Host.Text ?? proxy.Sni ?? "", scheme: "https");
        if (!auditLog.TryWriteRefusal(audit))
        {
            proxy.Unwritten = audit;
            context.Abort();
        }
    }

    [GeneratedRegex("stream ID (?<number>[0-9]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamNumber();

    private sealed class Listener(RefusedStreams refused) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                return;
            }

            switch (eventId.Name)
            {
                case "Http2ConnectionError" or "HPackDecodingError":
                    refused.RecordEnd(Value(values, "ConnectionId"));
                    break;

                case "Http2StreamError":
                    refused.RecordStream(Value(values, "ConnectionId"), StreamOf(exception), IsForLoad(exception));
                    break;

                case "Http2QueueOperationsExceeded" or "Http2FlowControlQueueOperationsExceeded" or "Http2TooManyEnhanceYourCalms":
                    refused.RecordFlood(Value(values, "ConnectionId"));
                    break;

                case null when exception is not null:
                    refused.RecordUnexpectedEnd();
                    break;

                // Other codes are the proxy's own doing, for a request that has its record. The identifier is the
                // connection's, a colon and the stream's in hexadecimal.
                case "Http2StreamResetAbort" when Value(values, "error") == "PROTOCOL_ERROR":
                    var identifier = Value(values, "TraceIdentifier").Split(':');
                    refused.RecordStream(identifier[0], int.TryParse(identifier[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var stream) ? stream : null, forLoad: false);
                    break;
            }
        }

        /// <summary>The server tells the number of the stream in the message of its error alone.</summary>
        private static int? StreamOf(Exception? error) =>
            StreamNumber().Match(error?.Message ?? "") is { Success: true } match
            && int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;

        /// <summary>The error's code stands in its message, too.</summary>
        private static bool IsForLoad(Exception? error) =>
            error?.Message.Contains("REFUSED_STREAM", StringComparison.Ordinal) == true
            || error?.Message.Contains("ENHANCE_YOUR_CALM", StringComparison.Ordinal) == true;

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
