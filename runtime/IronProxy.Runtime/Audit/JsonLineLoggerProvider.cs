using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Audit;

/// <summary>Writes log messages as JSON, one line each, between the audit records. Without room they are dropped and counted.</summary>
/// <param name="sink">Where lines go.</param>
/// <param name="time">The clock.</param>
public sealed class JsonLineLoggerProvider(LineSink sink, TimeProvider time) : ILoggerProvider
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new JsonLineLogger(sink, time, categoryName);

    /// <inheritdoc />
    public void Dispose()
    {
        // The sink belongs to whoever made it.
    }

    private sealed class JsonLineLogger(LineSink sink, TimeProvider time, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var buffer = new ArrayBufferWriter<byte>(256);
            using (var json = new Utf8JsonWriter(buffer, Options))
            {
                json.WriteStartObject();
                json.WriteString("time"u8, time.GetUtcNow());
                json.WriteString("level"u8, LevelName(logLevel));
                json.WriteString("msg"u8, formatter(state, exception));
                json.WriteString("logger"u8, category);
                if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
                {
                    foreach (var (key, value) in values)
                    {
                        if (key != "{OriginalFormat}")
                        {
                            WriteValue(json, JsonNamingPolicy.SnakeCaseLower.ConvertName(key), value);
                        }
                    }
                }

                if (exception is not null)
                {
                    json.WriteString("error"u8, $"{exception.GetType().Name}: {exception.Message}");
                }

                json.WriteEndObject();
            }

            sink.TryWrite(buffer.WrittenSpan);
        }

        private static void WriteValue(Utf8JsonWriter json, string name, object? value)
        {
            switch (value)
            {
                case int or long:
                    json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        private static string LevelName(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            _ => "error",
        };
    }
}
