namespace IronProxy.Pipeline.Scrubbing;

/// <summary>A real value that must not come back, and what stands in its place then.</summary>
/// <param name="Name">Its name for records.</param>
/// <param name="Real">The value.</param>
/// <param name="Placeholder">What stands in its place.</param>
public sealed record ScrubbedValue(string Name, SecretValue Real, string Placeholder)
{
    /// <summary>The fewest bytes that are looked for: fewer turn up by chance.</summary>
    public const int MinBytes = 8;
}
