using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace IronProxy.Runtime.Telemetry;

/// <summary>Sends audit records as log records.</summary>
internal sealed partial class RecordExport : IAsyncDisposable
{
    private readonly ILogger<OtlpExport> _log;
    private readonly TimeProvider _time;
    private readonly ServiceProvider _services;
    private readonly RecordOrigin _origin = new();
    private readonly ExportQueue<Entry> _queue;

    /// <summary>Begins to send.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="resource">What the records come from.</param>
    /// <param name="http">What carries them. It ends with the export.</param>
    /// <param name="metrics">What shows how many were sent.</param>
    /// <param name="log">Where it is said that they were not.</param>
    /// <param name="time">The clock.</param>
    public RecordExport(OtlpDestination destination, ResourceBuilder resource, OtlpHttp http, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time)
    {
        _log = log;
        _time = time;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.AddProcessor(_origin);
            options.AddProcessor(new BatchLogRecordExportProcessor(
                new OtlpLogExporter(http.Options(destination, ExportLimits.Timeout)), maxQueueSize: 2 * ExportLimits.BatchSize, scheduledDelayMilliseconds: int.MaxValue,
                (int)ExportLimits.Timeout.TotalMilliseconds, ExportLimits.BatchSize));
        }));
        _services = services.BuildServiceProvider();
        var records = _services.GetRequiredService<ILoggerFactory>().CreateLogger("iron-proxy.audit");
        _queue = new ExportQueue<Entry>(http, entry => HandOver(records, entry), _services.GetRequiredService<LoggerProvider>().ForceFlush, LogFailure, time);
        metrics.Show(MetricNames.OtlpRecords, _queue.Count);
        LogStart(destination.Name, destination.ProtocolName);
    }

    /// <summary>Takes a finished record, if there is room.</summary>
    public void Offer(AuditRecord record) => _queue.Offer(
        new Entry(record, _time.GetUtcNow().UtcDateTime, _time.GetElapsedTime(record.StartedAt).TotalMilliseconds), AuditAttributes.SizeOf(record));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync().ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    private void HandOver(ILogger records, Entry entry)
    {
        _origin.Entry = entry;
        var attributes = AuditAttributes.Of(entry.Record, entry.DurationMs);
        records.Log(entry.Record.Reason is null && !entry.Record.Warned ? LogLevel.Information : LogLevel.Warning, default, attributes, null, static (_, _) => "request");
    }

#pragma warning disable SYSLIB1015 // The message is that of the original; what it is about are members of the line.
    [LoggerMessage(EventId = 500, Level = LogLevel.Information, Message = "otel exporter enabled")]
    private partial void LogStart(string endpoint, string protocol);

#pragma warning restore SYSLIB1015

    [LoggerMessage(EventId = 502, Level = LogLevel.Warning, Message = "{count} audit records were not exported: {failure}")]
    private partial void LogFailure(int count, string failure);

    private readonly record struct Entry(AuditRecord Record, DateTime Time, double DurationMs);

    /// <summary>Gives records the time at which they were written, and their span. All are handed over by one thread.</summary>
    private sealed class RecordOrigin : BaseProcessor<LogRecord>
    {
        public Entry Entry { get; set; }

        public override void OnEnd(LogRecord data)
        {
            data.Timestamp = Entry.Time;
            if (Entry.Record.Span is { } span)
            {
                (data.TraceId, data.SpanId, data.TraceFlags) = (span.TraceId, span.SpanId, span.ActivityTraceFlags);
            }
        }
    }
}
