namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// Which values were in a response, and where: by name, in the notation of records. When a client has left, the record may be written while a last read ends.
/// </summary>
internal sealed class ScrubReport
{
    private readonly Lock _gate = new();
    private SortedDictionary<string, List<string>>? _places;

    /// <summary>What was found; null for nothing.</summary>
    public IReadOnlyList<SecretUse>? Uses
    {
        get
        {
            lock (_gate)
            {
                return _places is null ? null : [.. _places.Select(p => new SecretUse(p.Key, [.. p.Value]))];
            }
        }
    }

    /// <summary>Adds what was found at a place.</summary>
    public void Add(string place, IEnumerable<ScrubbedValue>? values)
    {
        foreach (var value in values ?? [])
        {
            lock (_gate)
            {
                _places ??= new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
                if (!_places.TryGetValue(value.Name, out var places))
                {
                    _places.Add(value.Name, places = []);
                }

                if (!places.Contains(place, StringComparer.Ordinal))
                {
                    places.Add(place);
                }
            }
        }
    }
}
