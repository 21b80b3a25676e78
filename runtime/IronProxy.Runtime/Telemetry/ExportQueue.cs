using System.Diagnostics.Metrics;
using System.Threading.Channels;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// What waits for a collector, of one signal. It holds nothing up: an item that finds no room, or that the collector does not take, is counted and dropped. Batches are
/// sent on a thread of its own, because the exporters block.
/// </summary>
/// <typeparam name="T">What is sent.</typeparam>
internal sealed class ExportQueue<T> : IAsyncDisposable
{
    private readonly Channel<(T Item, long Size)> _queue = Channel.CreateBounded<(T, long)>(new BoundedChannelOptions(ExportLimits.Items) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly OtlpHttp _http;
    private readonly Action<T> _handOver;
    private readonly Func<int, bool> _flush;
    private readonly Action<int, string> _complain;
    private readonly SparseLog _sparse;
    private readonly Task _sending;
    private long _bytes;
    private long _sent;
    private long _failed;
    private long _dropped;

    /// <summary>Begins to send.</summary>
    /// <param name="http">What the exporter sends with. It ends with the queue.</param>
    /// <param name="handOver">Gives an item to the exporter; once more when its batch is sent again.</param>
    /// <param name="flush">Makes the exporter send what it was given, within a time in milliseconds.</param>
    /// <param name="complain">Says how many items were not sent, and why; once in a while.</param>
    /// <param name="time">The clock.</param>
    public ExportQueue(OtlpHttp http, Action<T> handOver, Func<int, bool> flush, Action<int, string> complain, TimeProvider time)
    {
        _http = http;
        _handOver = handOver;
        _flush = flush;
        _complain = complain;
        _sparse = new SparseLog(time);
        _sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Takes an item, if there is room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="size">About how much memory it takes.</param>
    public void Offer(T item, long size)
    {
        if (Interlocked.Add(ref _bytes, size) <= ExportLimits.Bytes && _queue.Writer.TryWrite((item, size)))
        {
            return;
        }

        Interlocked.Add(ref _bytes, -size);
        Interlocked.Increment(ref _dropped);
    }

    /// <summary>What became of the items.</summary>
    public IEnumerable<Measurement<long>> Count() =>
    [
        new(Interlocked.Read(ref _sent), ProxyMetrics.Tag("outcome", "sent")),
        new(Interlocked.Read(ref _failed), ProxyMetrics.Tag("outcome", "failed")),
        new(Interlocked.Read(ref _dropped), ProxyMetrics.Tag("outcome", "dropped")),
    ];

    /// <summary>Takes nothing more, and sends what waits, once. A silent collector can keep it from ending.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        _http.Dispose();
        _stopping.Dispose();
    }

    private void Send()
    {
        var batch = new List<T>(ExportLimits.BatchSize);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            var size = 0L;
            while (batch.Count < ExportLimits.BatchSize && _queue.Reader.TryRead(out var next))
            {
                batch.Add(next.Item);
                size += next.Size;
            }

            var isSent = TrySend(batch);
            Interlocked.Add(ref _bytes, -size);
            if (isSent)
            {
                Interlocked.Add(ref _sent, batch.Count);
                continue;
            }

            Interlocked.Add(ref _failed, batch.Count);
            if (_sparse.IsDue())
            {
                _complain(batch.Count, _http.Failure ?? "it did not answer in time");
            }
        }
    }

    private bool TrySend(List<T> batch)
    {
        var pause = ExportLimits.FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            _http.Forget();
            foreach (var item in batch)
            {
                _handOver(item);
            }

            var hasEnded = _flush((int)ExportLimits.Timeout.TotalMilliseconds) & _http.WaitForEnd(ExportLimits.Timeout);
            if (hasEnded && _http.Failure is null)
            {
                return true;
            }

            // Behind the stop there is one try for each batch, and no waiting.
            if (attempt == ExportLimits.Attempts || !_http.MayPass || _stopping.IsCancellationRequested)
            {
                return false;
            }

            _stopping.Token.WaitHandle.WaitOne(pause);
            pause *= 2;
        }
    }
}
