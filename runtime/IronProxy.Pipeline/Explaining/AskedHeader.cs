namespace IronProxy.Pipeline.Explaining;

/// <summary>A header that the workload would send. Its value is searched and never printed.</summary>
public readonly record struct AskedHeader(string Name, string Value)
{
    /// <summary>Reads a header as curl's -H takes it.</summary>
    public static bool TryParse(string text, out AskedHeader header)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        header = colon > 0 ? new AskedHeader(text[..colon], text[(colon + 1)..].Trim(' ', '\t')) : default;
        return colon > 0;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Name}: ***";
}
