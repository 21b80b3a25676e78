namespace IronProxy.Pipeline;

/// <summary>Which secrets went into the messages of a WebSocket, and which were taken out of them: by name. Both directions write to it.</summary>
public sealed class MessageReport
{
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _swapped = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _scrubbed = new(StringComparer.Ordinal);

    /// <summary>The secrets whose placeholder was swapped.</summary>
    public IReadOnlyList<string> Swapped => Copy(_swapped);

    /// <summary>The secrets that were taken out.</summary>
    public IReadOnlyList<string> Scrubbed => Copy(_scrubbed);

    /// <summary>A placeholder was swapped.</summary>
    public void AddSwapped(string name) => Add(_swapped, name);

    /// <summary>A secret was taken out.</summary>
    public void AddScrubbed(string name) => Add(_scrubbed, name);

    private void Add(SortedSet<string> names, string name)
    {
        lock (_gate)
        {
            names.Add(name);
        }
    }

    private string[] Copy(SortedSet<string> names)
    {
        lock (_gate)
        {
            return [.. names];
        }
    }
}
