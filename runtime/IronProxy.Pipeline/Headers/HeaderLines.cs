using System.Collections;

namespace IronProxy.Pipeline;

/// <summary>
/// Lines of a head or of trailers, in their order: a name and one value each. Names are compared without letter case and keep their spelling.
/// Values hold a character for each byte (<see cref="Plan.HeaderName.ToWire"/>).
/// </summary>
public sealed class HeaderLines : IReadOnlyList<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _lines = new(16);

    /// <inheritdoc />
    public int Count => _lines.Count;

    /// <summary>The line at an index.</summary>
    public KeyValuePair<string, string> this[int index]
    {
        get => _lines[index];
        set => _lines[index] = value;
    }

    /// <summary>Adds a line behind the others, also where there are lines of that name.</summary>
    public void Add(string name, string value) => _lines.Add(new(name, value));

    /// <summary>Sets a header: lines of the same name are replaced by one.</summary>
    public void Set(string name, string value)
    {
        Remove(name);
        Add(name, value);
    }

    /// <summary>The value of a header; those of several lines with a comma between them (RFC 9110, 5.3). Null when it is absent.</summary>
    public string? Find(string name)
    {
        string? found = null;
        foreach (var (other, value) in _lines)
        {
            if (IsSame(other, name))
            {
                found = found is null ? value : $"{found},{value}";
            }
        }

        return found;
    }

    /// <summary>Removes all lines of a name.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Remove(string name) => RemoveAll(line => IsSame(line.Key, name));

    /// <summary>Removes the lines that fit.</summary>
    /// <returns>Whether there were any.</returns>
    public bool RemoveAll(Predicate<KeyValuePair<string, string>> fits) => _lines.RemoveAll(fits) > 0;

    /// <summary>Removes the line at an index.</summary>
    public void RemoveAt(int index) => _lines.RemoveAt(index);

    /// <summary>Goes through the lines; they must not change meanwhile.</summary>
    public List<KeyValuePair<string, string>>.Enumerator GetEnumerator() => _lines.GetEnumerator();

    /// <inheritdoc />
    IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() => _lines.GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => _lines.GetEnumerator();

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
