using System.Net;

namespace IronProxy.Runtime.Dns;

/// <summary>Addresses of names that resolved, for as long as their records allow and a minute at most.</summary>
internal sealed class AddressCache(TimeProvider time)
{
    public const int MaxNames = 4096;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (IPAddress[] Addresses, long Added, TimeSpan Age)> _names = new(StringComparer.Ordinal);

    public IPAddress[]? Find(string name)
    {
        lock (_lock)
        {
            return _names.TryGetValue(name, out var entry) && IsFresh(entry.Added, entry.Age) ? entry.Addresses : null;
        }
    }

    public void Add(string name, IPAddress[] addresses, uint ttl)
    {
        var age = TimeSpan.FromSeconds(Math.Min(ttl, MaxAge.TotalSeconds));
        if (age == TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            if (_names.Count >= MaxNames)
            {
                MakeRoom();
            }

            _names[name] = (addresses, time.GetTimestamp(), age);
        }
    }

    private void MakeRoom()
    {
        foreach (var (name, entry) in _names)
        {
            if (!IsFresh(entry.Added, entry.Age))
            {
                _names.Remove(name);
            }
        }

        // All are fresh, yet none is older than a minute: starting over costs little and needs no order.
        if (_names.Count >= MaxNames)
        {
            _names.Clear();
        }
    }

    private bool IsFresh(long added, TimeSpan age) => time.GetElapsedTime(added) < age;
}
