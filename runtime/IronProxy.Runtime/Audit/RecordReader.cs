using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;

namespace IronProxy.Runtime.Audit;

/// <summary>One of those who look on, with the records that wait for it.</summary>
/// <param name="close">Ends it.</param>
public sealed class RecordReader(Action<RecordReader> close) : IDisposable
{
    /// <summary>Memory that records may take while they wait: a minute of a proxy that has much to do. One alone may take more, with a large captured body.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private readonly Channel<Entry> _queue = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private long _bytes;
    private long _dropped;

    /// <summary>Takes a record if there is room, else counts it.</summary>
    public void Offer(byte[] line)
    {
        if (Interlocked.Add(ref _bytes, line.Length) is > MaxBytes and var bytes && bytes != line.Length)
        {
            Interlocked.Add(ref _bytes, -line.Length);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _queue.Writer.TryWrite(new Entry(line, Interlocked.Exchange(ref _dropped, 0)));
    }

    /// <summary>Waits for a record.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation) => await _queue.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false);

    /// <summary>Writes lines of records that wait, and at its place how many were left out.</summary>
    /// <param name="output">Takes them, each with its end.</param>
    /// <param name="enough">How many bytes are enough.</param>
    /// <param name="now">The time of the line that says how many were left out.</param>
    public void Read(ArrayBufferWriter<byte> output, int enough, DateTimeOffset now)
    {
        while (output.WrittenCount < enough && _queue.Reader.TryRead(out var entry))
        {
            WriteDropped(output, entry.DroppedBefore, now);
            output.Write(entry.Line);
            output.Write("\n"u8);
            Interlocked.Add(ref _bytes, -entry.Line.Length);
        }

        if (!_queue.Reader.TryPeek(out _))
        {
            WriteDropped(output, Interlocked.Exchange(ref _dropped, 0), now); // There may be no other record for long.
        }
    }

    /// <inheritdoc />
    public void Dispose() => close(this);

    private static void WriteDropped(ArrayBufferWriter<byte> output, long count, DateTimeOffset now)
    {
        if (count == 0)
        {
            return;
        }

        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, now);
            json.WriteString("level"u8, "warn"u8);
            json.WriteString("msg"u8, "records were left out here: they came faster than they were read"u8);
            json.WriteNumber("count"u8, count);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <param name="Line">The line of a record.</param>
    /// <param name="DroppedBefore">How many were left out before it.</param>
    private readonly record struct Entry(byte[] Line, long DroppedBefore);
}
