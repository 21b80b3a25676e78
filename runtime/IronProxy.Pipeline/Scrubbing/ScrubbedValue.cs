using System.Text;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>A real value that must not come back, and what stands in its place then.</summary>
/// <param name="Name">Its name for records.</param>
/// <param name="Real">The value.</param>
/// <param name="Placeholder">What stands in its place.</param>
/// <param name="IsDerived">Whether it was made of another one, so that it need not be looked for where that one is found in it.</param>
public sealed record ScrubbedValue(string Name, SecretValue Real, string Placeholder, bool IsDerived = false)
{
    /// <summary>The fewest bytes that are looked for: fewer turn up by chance.</summary>
    public const int MinBytes = 8;

    /// <summary>What stands in the place of a value that the workload has no placeholder for.</summary>
    internal const string NoPlaceholder = "***";

    /// <summary>Whether a value is long enough to be looked for. Blanks at its ends do not count.</summary>
    internal static bool CanBeFound(SecretValue value) => Encoding.UTF8.GetByteCount(value.Reveal().Trim()) >= MinBytes;

    /// <summary>Why a value cannot be looked for, as the end of a sentence about it; null when it can.</summary>
    internal static string? FindProblem(SecretValue value) =>
        CanBeFound(value) ? null : $"has less than {MinBytes} bytes, so it cannot be scrubbed from responses: it would be found by chance";
}
