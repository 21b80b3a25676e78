using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>Answers, for as long as they may be kept. Its user locks.</summary>
internal sealed class DnsCache(TimeProvider time)
{
    /// <summary>In characters and records: whoever owns a zone decides how large its answers are.</summary>
    public const int MaxCost = 1024 * 1024;

    private const int MaxCostOfOne = MaxCost / 64;
    private const int CostOfRecord = 64;

    private readonly Dictionary<(string Name, DnsType Type), Entry> _entries = [];
    private int _cost;

    public DnsAnswer? Find(string name, DnsType type)
    {
        if (!_entries.TryGetValue((name, type), out var entry))
        {
            return null;
        }

        var age = time.GetElapsedTime(entry.Added);
        return age < entry.Lifetime ? entry.Answer with { Age = (uint)age.TotalSeconds } : null;
    }

    public void Add(string name, DnsType type, DnsAnswer answer)
    {
        Remove((name, type));
        var lifetime = answer.Lifetime(type);
        var cost = CostOf(name, answer);
        if (lifetime == TimeSpan.Zero || cost > MaxCostOfOne)
        {
            return;
        }

        if (_cost + cost > MaxCost)
        {
            MakeRoom(cost);
        }

        _entries[(name, type)] = new Entry(answer, time.GetTimestamp(), lifetime, cost);
        _cost += cost;
    }

    private static int CostOf(string name, DnsAnswer answer) =>
        CostOfRecord + name.Length + (answer.Response?.Answers.Sum(a => CostOfRecord + a.Name.Length + (a.Target?.Length ?? 0)) ?? 0);

    private void MakeRoom(int cost)
    {
        foreach (var (key, entry) in _entries)
        {
            if (time.GetElapsedTime(entry.Added) >= entry.Lifetime)
            {
                Remove(key);
            }
        }

        // All are fresh, yet none is older than a minute: starting over costs little and needs no order.
        if (_cost + cost > MaxCost)
        {
            _entries.Clear();
            _cost = 0;
        }
    }

    private void Remove((string Name, DnsType Type) key)
    {
        if (_entries.Remove(key, out var entry))
        {
            _cost -= entry.Cost;
        }
    }

    private sealed record Entry(DnsAnswer Answer, long Added, TimeSpan Lifetime, int Cost);
}
