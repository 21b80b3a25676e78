using System.Diagnostics.Metrics;
using System.Threading.Channels;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// Sends audit records, and metrics, to an OpenTelemetry collector. It stands beside the audit log and holds nothing up: a record that finds the queue full, or that
/// the collector does not take, is counted and dropped here, and is in the audit log all the same.
/// </summary>
internal sealed partial class OtlpExport : IAsyncDisposable
{
    /// <summary>Records that may wait.</summary>
    private const int Capacity = 8192;

    /// <summary>Memory that they may take: workloads choose how long what is recorded of them is.</summary>
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>Records of one request.</summary>
    private const int BatchSize = 512;

    /// <summary>How often a batch is sent that the collector did not take, and may take later.</summary>
    private const int Attempts = 5;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MetricsPeriod = TimeSpan.FromSeconds(60);

    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger<OtlpExport> _log;
    private readonly TimeProvider _time;
    private readonly SparseLog _sparse;
    private readonly OtlpHttp _http;
    private readonly ServiceProvider _services;
    private readonly MeterProvider? _metrics;
    private readonly RecordTime _recordTime = new();
    private readonly Task _sending;
    private int _disposed;
    private long _bytes;
    private long _sent;
    private long _failed;
    private long _dropped;

    private OtlpExport(OtlpSettings settings, UpstreamDialer dialer, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time)
    {
        _log = log;
        _time = time;
        _sparse = new SparseLog(time);
        _http = new OtlpHttp(dialer);
        var resource = ResourceBuilder.CreateEmpty()
            .AddService(settings.ServiceName, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3), autoGenerateServiceInstanceId: false) // All have one.
            .AddAttributes(settings.Resource);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.AddProcessor(_recordTime);
            if (settings.Logs is { } logs)
            {
                options.AddProcessor(new BatchLogRecordExportProcessor(
                    new OtlpLogExporter(_http.Options(logs, Timeout)), maxQueueSize: 2 * BatchSize, scheduledDelayMilliseconds: int.MaxValue, (int)Timeout.TotalMilliseconds, BatchSize));
            }
        }));
        _services = services.BuildServiceProvider();
        if (settings.Metrics is { } destination)
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(ProxyMetrics.MeterName)
                .AddReader(new PeriodicExportingMetricReader(new OtlpMetricExporter(new OtlpHttp(dialer).Options(destination, Timeout)), (int)MetricsPeriod.TotalMilliseconds))
                .Build();
            LogMetrics(destination.Name, destination.ProtocolName);
        }

        if (settings.Logs is null)
        {
            _sending = Task.CompletedTask;
            _queue.Writer.Complete();
            return;
        }

        metrics.Show<long>(MetricNames.OtlpRecords, () =>
        [
            new Measurement<long>(Interlocked.Read(ref _sent), ProxyMetrics.Tag("outcome", "sent")),
            new Measurement<long>(Interlocked.Read(ref _failed), ProxyMetrics.Tag("outcome", "failed")),
            new Measurement<long>(Interlocked.Read(ref _dropped), ProxyMetrics.Tag("outcome", "dropped")),
        ]);
        _sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        LogRecords(settings.Logs.Name, settings.Logs.ProtocolName);
    }

    /// <summary>Starts the export that the environment asks for.</summary>
    /// <returns>Null when it asks for none.</returns>
    /// <exception cref="StartupException">A variable cannot be read.</exception>
    public static OtlpExport? Start(Func<string, string?> variable, UpstreamDialer dialer, ProxyMetrics metrics, ILogger<OtlpExport> log, TimeProvider time) =>
        OtlpSettings.Read(variable) is { } settings && (settings.Logs ?? settings.Metrics) is not null ? new OtlpExport(settings, dialer, metrics, log, time) : null;

    /// <summary>Takes a finished record, if there is room.</summary>
    public void Offer(AuditRecord record)
    {
        var size = AuditAttributes.SizeOf(record);
        if (Interlocked.Add(ref _bytes, size) <= MaxBytes
            && _queue.Writer.TryWrite(new Entry(record, size, _time.GetUtcNow().UtcDateTime, _time.GetElapsedTime(record.StartedAt).TotalMilliseconds)))
        {
            return;
        }

        Interlocked.Add(ref _bytes, -size);
        if (!_sending.IsCompleted)
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Takes nothing more, and sends what waits, once. What a silent collector keeps from ending ends with the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(EndRecordsAsync(), Task.Run(() => _metrics?.Dispose())).WaitAsync(Timeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Metrics send their last values.
    }

    private async Task EndRecordsAsync()
    {
        await _sending.ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
        _stopping.Dispose();
    }

    /// <summary>On a thread of its own: the exporter blocks.</summary>
    private void Send()
    {
        var logger = _services.GetRequiredService<ILoggerFactory>().CreateLogger("iron-proxy.audit");
        var provider = _services.GetRequiredService<LoggerProvider>();
        var batch = new List<Entry>(BatchSize);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < BatchSize && _queue.Reader.TryRead(out var entry))
            {
                batch.Add(entry);
            }

            var isSent = TrySend(logger, provider, batch);
            Interlocked.Add(ref _bytes, -batch.Sum(static e => e.Size));
            if (isSent)
            {
                Interlocked.Add(ref _sent, batch.Count);
                continue;
            }

            Interlocked.Add(ref _failed, batch.Count);
            Complain(batch.Count);
        }
    }

    private void Complain(int count)
    {
        if (_log.IsEnabled(LogLevel.Warning) && _sparse.IsDue())
        {
            LogFailure(count, _http.Failure ?? "it did not answer in time");
        }
    }

    private bool TrySend(ILogger logger, LoggerProvider provider, List<Entry> batch)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            _http.Forget();
            foreach (var entry in batch)
            {
                _recordTime.Value = entry.Time;
                var attributes = AuditAttributes.Of(entry.Record, entry.DurationMs);
                logger.Log(entry.Record.Reason is null && !entry.Record.Warned ? LogLevel.Information : LogLevel.Warning, default, attributes, null, static (_, _) => "request");
            }

            var hasEnded = provider.ForceFlush((int)Timeout.TotalMilliseconds) & _http.WaitForEnd(Timeout);
            if (hasEnded && _http.Failure is null)
            {
                return true;
            }

            // Behind the stop there is one try for each batch, and no waiting.
            if (attempt == Attempts || !_http.MayPass || _stopping.IsCancellationRequested)
            {
                return false;
            }

            _stopping.Token.WaitHandle.WaitOne(pause);
            pause *= 2;
        }
    }

#pragma warning disable SYSLIB1015 // The message is that of the original; what it is about are members of the line.
    [LoggerMessage(EventId = 500, Level = LogLevel.Information, Message = "otel exporter enabled")]
    private partial void LogRecords(string endpoint, string protocol);

    [LoggerMessage(EventId = 501, Level = LogLevel.Information, Message = "otel exporter of metrics enabled")]
    private partial void LogMetrics(string endpoint, string protocol);

#pragma warning restore SYSLIB1015

    [LoggerMessage(EventId = 502, Level = LogLevel.Warning, Message = "{count} audit records were not exported: {failure}")]
    private partial void LogFailure(int count, string failure);

    private readonly record struct Entry(AuditRecord Record, long Size, DateTime Time, double DurationMs);

    /// <summary>Gives records the time at which they were written. All are of one thread.</summary>
    private sealed class RecordTime : BaseProcessor<LogRecord>
    {
        public DateTime Value { get; set; }

        public override void OnEnd(LogRecord data) => data.Timestamp = Value;
    }
}
