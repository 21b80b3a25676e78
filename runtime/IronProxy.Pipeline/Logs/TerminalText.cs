using System.Globalization;
using System.Text;

namespace IronProxy.Pipeline.Logs;

/// <summary>What others wrote, for a terminal.</summary>
public static class TerminalText
{
    /// <summary>Whether the user of a terminal wants colours on it.</summary>
    /// <param name="readVariable">Reads the environment. https://no-color.org: NO_COLOR that is set and not empty means none.</param>
    public static bool WantsColor(Func<string, string?> readVariable) =>
        string.IsNullOrEmpty(readVariable("NO_COLOR")) && readVariable("TERM") is not ("dumb" or null or "");

    /// <summary>The text with every character escaped that a terminal acts upon, or that is not seen and changes how others are shown.</summary>
    public static string Escape(string text)
    {
        StringBuilder? escaped = null;
        var index = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var source = text.AsSpan(index, rune.Utf16SequenceLength); // A lone surrogate has the length of what stands for it.
            if (ActsOnATerminal(rune))
            {
                escaped ??= new StringBuilder(text, 0, index, text.Length + 16);
                foreach (var unit in source)
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }
            else
            {
                escaped?.Append(source);
            }

            index += source.Length;
        }

        return escaped?.ToString() ?? text;
    }

    /// <summary>Control characters, the marks of direction and their like, and the ends of lines and paragraphs.</summary>
    private static bool ActsOnATerminal(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
