using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Pipeline;

/// <summary>The headers that will be sent upstream: a copy that steps change, beside the request as it was received.</summary>
public sealed class OutgoingHeaders
{
    private readonly List<KeyValuePair<string, StringValues>> _items = new(16);

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    /// <summary>The header at an index.</summary>
    public KeyValuePair<string, StringValues> this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    /// <summary>Adds a header without looking for one of the same name.</summary>
    public void Add(string name, StringValues values) => _items.Add(new(name, values));

    /// <summary>Sets a header: one of the same name, whatever its letter case, is replaced.</summary>
    public void Set(string name, string value)
    {
        Remove(name);
        _items.Add(new(name, value));
    }

    /// <summary>Removes a header.</summary>
    public void Remove(string name) =>
        _items.RemoveAll(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Removes the header at an index.</summary>
    public void RemoveAt(int index) => _items.RemoveAt(index);
}
