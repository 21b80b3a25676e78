namespace IronProxy.Pipeline.Scrubbing;

/// <summary>What was found and is not written yet: ranges in their order, of which no two overlap.</summary>
internal sealed class FoundRanges
{
    private readonly List<FoundRange> _ranges = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The ranges.</summary>
    public IReadOnlyList<FoundRange> All => _ranges;

    /// <summary>Adds one, which may be older than the last by the length of an escape.</summary>
    public void Add(FoundRange range)
    {
        var at = _ranges.Count;
        while (at > 0 && _ranges[at - 1].Start >= range.End)
        {
            at--;
        }

        while (at > 0 && _ranges[at - 1].End > range.Start)
        {
            range = range.With(_ranges[--at]);
            _ranges.RemoveAt(at);
        }

        _ranges.Insert(at, range);
    }

    /// <summary>Forgets the first ones.</summary>
    public void RemoveFirst(int count) => _ranges.RemoveRange(0, count);

    /// <summary>Forgets all.</summary>
    public void Clear() => _ranges.Clear();
}
