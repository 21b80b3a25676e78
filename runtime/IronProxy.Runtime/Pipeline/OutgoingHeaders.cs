using IronProxy.Plan;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Pipeline;

/// <summary>The headers that will be sent upstream: a copy that steps change, beside the request as it was received.</summary>
public sealed class OutgoingHeaders
{
    private readonly List<KeyValuePair<string, StringValues>> _items = new(16);

    /// <summary>Names whose letter case must reach the upstream as proxy.yaml writes it.</summary>
    public List<string>? Spellings { get; private set; }

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

    /// <summary>Asks for a name's letter case to be kept. The usual case needs no asking.</summary>
    public void KeepSpelling(string name)
    {
        if (!string.Equals(name, HeaderName.Canonical(name), StringComparison.Ordinal))
        {
            (Spellings ??= []).Add(name);
        }
    }

    /// <summary>Removes a header.</summary>
    public void Remove(string name) =>
        _items.RemoveAll(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Removes the header at an index.</summary>
    public void RemoveAt(int index) => _items.RemoveAt(index);
}
