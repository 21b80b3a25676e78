using System.Diagnostics;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// Starts a span for each audit record, and sends those that are sampled. They are the only ones of the process: a source of its own makes them, and none is ever
/// <see cref="Activity.Current"/>, so that neither the server nor a client adds to them or passes them on.
/// </summary>
internal sealed partial class SpanExport : IAsyncDisposable
{
    private readonly ILogger<OtlpExport> _log;
    private readonly TimeProvider _time;
    private readonly OtlpTraces _traces;
    private readonly ActivitySource _source;
    private readonly ActivityListener _listener;
    private readonly BatchActivityExportProcessor _processor;
    private readonly TracerProvider _provider;
    private readonly ExportQueue<AuditRecord> _queue;

    /// <summary>Begins to send.</summary>
    /// <param name="traces">Where to, and which.</param>
    /// <param name="resource">What the spans come from.</param>
    /// <param name="http">What carries them. It ends with the export.</param>
    /// <param name="metrics">What shows how many were sent.</param>
    /// <param name="log">Where it is said that they were not.</param>
    /// <param name="time">The clock.</param>
    public SpanExport(OtlpTraces traces, ResourceBuilder resource, OtlpHttp http, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time)
    {
        _log = log;
        _time = time;
        _traces = traces;
        _source = new ActivitySource("iron-proxy");
        _listener = new ActivityListener { ShouldListenTo = source => source == _source, Sample = Sample };
        ActivitySource.AddActivityListener(_listener);
        _processor = new BatchActivityExportProcessor(
            new OtlpTraceExporter(http.Options(traces.Destination, ExportLimits.Timeout)), maxQueueSize: 2 * ExportLimits.BatchSize, scheduledDelayMilliseconds: int.MaxValue,
            (int)ExportLimits.Timeout.TotalMilliseconds, ExportLimits.BatchSize);
        _provider = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddProcessor(_processor).Build(); // It listens to nothing: it knows the resource.
        _queue = new ExportQueue<AuditRecord>(http, HandOver, _processor.ForceFlush, LogFailure, time);
        metrics.Show(MetricNames.OtlpSpans, _queue.Count);
        LogStart(traces.Destination.Name, traces.Destination.ProtocolName);
    }

    /// <summary>Starts the span of a record.</summary>
    /// <param name="headers">The head of its request, which may name a parent; null without one.</param>
    /// <returns>Null when there is nothing to send or to pass on.</returns>
    public Activity? Start(IHeaderDictionary? headers)
    {
        var current = Activity.Current;
        try
        {
            Activity.Current = null; // The workload says what the parent is, and nothing else does.
            return _source.StartActivity(ActivityKind.Server, headers is null ? default : TraceContext.Read(headers), startTime: _time.GetUtcNow(), name: "request");
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Takes a finished record, if its span is sampled and there is room.</summary>
    public void Offer(AuditRecord record)
    {
        if (record.Span is { Recorded: true } span)
        {
            span.SetEndTime(span.StartTimeUtc + _time.GetElapsedTime(record.StartedAt));
            _queue.Offer(record, AuditAttributes.SizeOf(record) + ((span.TraceStateString?.Length ?? 0) * sizeof(char)));
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync().ConfigureAwait(false);
        _provider.Dispose();
        _listener.Dispose();
        _source.Dispose();
    }

    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        var parameters = new SamplingParameters(options.Parent, options.TraceId, options.Name, options.Kind, options.Tags, options.Links);
        return _traces.Sampler.ShouldSample(parameters).Decision == SamplingDecision.RecordAndSample ? ActivitySamplingResult.AllDataAndRecorded
            : _traces.PassOn ? ActivitySamplingResult.PropagationData
            : ActivitySamplingResult.None;
    }

    private void HandOver(AuditRecord record)
    {
        var span = record.Span!; // It was offered with one.
        if (!span.IsStopped)
        {
            SpanAttributes.Set(span, record);
            span.Stop();
        }

        _processor.OnEnd(span);
    }

#pragma warning disable SYSLIB1015 // As for records: what it is about are members of the line.
    [LoggerMessage(EventId = 503, Level = LogLevel.Information, Message = "otel exporter of traces enabled")]
    private partial void LogStart(string endpoint, string protocol);

#pragma warning restore SYSLIB1015

    [LoggerMessage(EventId = 504, Level = LogLevel.Warning, Message = "{count} spans were not exported: {failure}")]
    private partial void LogFailure(int count, string failure);
}
