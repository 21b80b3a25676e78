using System.Collections.Immutable;

namespace IronProxy.Runtime.Audit;

/// <summary>Hands records, as they are written, to those who look on. It holds nothing up: what a reader does not take in time is counted and left out for it.</summary>
public sealed class RecordFeed
{
    /// <summary>How many may read at a time.</summary>
    public const int MaxReaders = 8;

    private ImmutableArray<RecordReader> _readers = [];

    /// <summary>Begins to read: records from now on.</summary>
    /// <returns>Null when there are as many readers as may be.</returns>
    public RecordReader? TryOpen()
    {
        var reader = new RecordReader(r => ImmutableInterlocked.Update(ref _readers, static (readers, gone) => readers.Remove(gone), r));
        var isIn = ImmutableInterlocked.Update(ref _readers, static (readers, added) => readers.Length < MaxReaders ? readers.Add(added) : readers, reader);
        return isIn ? reader : null;
    }

    /// <summary>Takes the line of a record, without its end.</summary>
    public void Offer(ReadOnlySpan<byte> line)
    {
        var readers = _readers;
        if (readers.IsEmpty)
        {
            return;
        }

        var copy = line.ToArray();
        foreach (var reader in readers)
        {
            reader.Offer(copy);
        }
    }
}
