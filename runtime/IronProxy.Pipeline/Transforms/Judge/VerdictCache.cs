using System.Diagnostics.CodeAnalysis;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Verdicts of a language model that still hold. The one that was used least recently makes room for another.</summary>
/// <param name="ttl">How long one holds.</param>
/// <param name="maxEntries">How many there are at most.</param>
/// <param name="time">The clock.</param>
internal sealed class VerdictCache(TimeSpan ttl, int maxEntries, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _used = new();

    /// <summary>Looks for a verdict.</summary>
    public bool TryFind(string key, [NotNullWhen(true)] out JudgeVerdict? verdict)
    {
        lock (_gate)
        {
            verdict = null;
            if (!_entries.TryGetValue(key, out var node))
            {
                return false;
            }

            _used.Remove(node);
            if (time.GetElapsedTime(node.Value.Since) >= ttl)
            {
                _entries.Remove(key);
                return false;
            }

            _used.AddFirst(node);
            verdict = node.Value.Verdict;
            return true;
        }
    }

    /// <summary>Remembers a verdict from now on.</summary>
    public void Add(string key, JudgeVerdict verdict)
    {
        lock (_gate)
        {
            if (_entries.Remove(key, out var known))
            {
                _used.Remove(known);
            }
            else if (_entries.Count == maxEntries && _used.Last is { } last)
            {
                _used.RemoveLast();
                _entries.Remove(last.Value.Key);
            }

            _entries.Add(key, _used.AddFirst(new Entry(key, verdict, time.GetTimestamp())));
        }
    }

    private sealed record Entry(string Key, JudgeVerdict Verdict, long Since);
}
