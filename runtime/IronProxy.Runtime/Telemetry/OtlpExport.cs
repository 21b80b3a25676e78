using System.Diagnostics;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// Sends audit records, spans and metrics to an OpenTelemetry collector. It stands beside the audit log and holds nothing up: what finds no room, or
/// what the collector does not take, is counted and dropped here, and is in the audit log all the same.
/// </summary>
internal sealed partial class OtlpExport : IAsyncDisposable
{
    private static readonly TimeSpan MetricsPeriod = TimeSpan.FromSeconds(60);

    private readonly ILogger<OtlpExport> _log;
    private readonly TimeProvider _time;
    private readonly RecordExport? _records;
    private readonly SpanExport? _spans;
    private readonly MeterProvider? _metrics;
    private int _disposed;

    private OtlpExport(OtlpSettings settings, UpstreamDialer dialer, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time)
    {
        _log = log;
        _time = time;
        var resource = ResourceBuilder.CreateEmpty()
            .AddService(settings.ServiceName, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3), autoGenerateServiceInstanceId: false) // All have one.
            .AddAttributes(settings.Resource);
        _records = settings.Logs is { } logs ? new RecordExport(logs, resource, new OtlpHttp(dialer), metrics, log, time) : null;
        _spans = settings.Traces is { } traces ? new SpanExport(traces, resource, new OtlpHttp(dialer), metrics, log, time) : null;
        PassesTracesOn = settings.Traces?.PassOn == true;
        if (settings.Metrics is { } destination)
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(ProxyMetrics.MeterName)
                .AddReader(new PeriodicExportingMetricReader(
                    new OtlpMetricExporter(new OtlpHttp(dialer).Options(destination, ExportLimits.Timeout)), (int)MetricsPeriod.TotalMilliseconds))
                .Build();
            LogMetrics(destination.Name, destination.ProtocolName);
        }
    }

    /// <summary>Whether requests name their span to upstreams.</summary>
    public bool PassesTracesOn { get; }

    /// <summary>Starts the export that the environment asks for.</summary>
    /// <returns>Null when it asks for none.</returns>
    /// <exception cref="StartupException">A variable cannot be read.</exception>
    public static OtlpExport? Start(Func<string, string?> variable, UpstreamDialer dialer, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time) =>
        OtlpSettings.Read(variable) is { IsEmpty: false } settings ? new OtlpExport(settings, dialer, metrics, log, time) : null;

    /// <summary>Starts the span of a record.</summary>
    /// <param name="headers">The head of its request; null without one.</param>
    /// <returns>Null when it has none.</returns>
    public Activity? StartSpan(IHeaderDictionary? headers) => _spans?.Start(headers);

    /// <summary>Takes a finished record, if there is room.</summary>
    public void Offer(AuditRecord record)
    {
        _records?.Offer(record);
        _spans?.Offer(record);
    }

    /// <summary>Takes nothing more, and sends what waits, once. What a silent collector keeps from ending ends with the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        var ends = Task.WhenAll(End(_records), End(_spans), Task.Run(() => _metrics?.Dispose())); // Metrics send their last values.
        await ends.WaitAsync(ExportLimits.Timeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Task End(IAsyncDisposable? export) => export is null ? Task.CompletedTask : export.DisposeAsync().AsTask();

#pragma warning disable SYSLIB1015 // The message is that of the original; what it is about are members of the line.
    [LoggerMessage(EventId = 501, Level = LogLevel.Information, Message = "otel exporter of metrics enabled")]
    private partial void LogMetrics(string endpoint, string protocol);

#pragma warning restore SYSLIB1015
}
