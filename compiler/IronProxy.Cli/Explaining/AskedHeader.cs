using System.Diagnostics;

namespace IronProxy.Cli.Explaining;

/// <summary>A header that the workload would send. Its value is searched and never printed.</summary>
internal readonly record struct AskedHeader(string Name, string Value)
{
    public static bool TryParse(string text, out AskedHeader header)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        header = colon > 0 ? new AskedHeader(text[..colon], text[(colon + 1)..].Trim(' ', '\t')) : default;
        return colon > 0;
    }

    public static AskedHeader Parse(string text) =>
        TryParse(text, out var header) ? header : throw new UnreachableException("The command line was validated.");

    /// <inheritdoc />
    public override string ToString() => $"{Name}: ***";
}
