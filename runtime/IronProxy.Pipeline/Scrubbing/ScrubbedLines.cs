using System.Buffers;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>Takes values out of the lines of a head, or of trailers.</summary>
internal static class ScrubbedLines
{
    /// <summary>Changes the lines of a head.</summary>
    public static void Scrub(HeaderLines lines, StreamScrubber scrubber, ScrubReport report)
    {
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            var (name, value) = lines[i];
            if (EndToEndNames.DescribesBytes(name) || Scrub(name, scrubber, report, "header") is not null)
            {
                lines.RemoveAt(i);
            }
            else if (Scrub(value, scrubber, report, "header", name) is { } changed)
            {
                lines[i] = new(name, changed);
            }
        }
    }

    /// <summary>Lines of trailers, without those that must go.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OfTrailers(IEnumerable<KeyValuePair<string, string>> lines, StreamScrubber scrubber, ScrubReport report)
    {
        foreach (var (name, value) in lines)
        {
            if (!EndToEndNames.DescribesBytes(name) && Scrub(name, scrubber, report, "trailer") is null)
            {
                yield return new(name, Scrub(value, scrubber, report, "trailer", name) ?? value);
            }
        }
    }

    /// <summary>The text without the values; null when it has none of them. A name is only recorded when it is not what holds one.</summary>
    private static string? Scrub(string text, StreamScrubber scrubber, ScrubReport report, string place, string? name = null)
    {
        if (text.Length < ScrubbedValue.MinBytes)
        {
            return null;
        }

        var bytes = Encoding.Latin1.GetBytes(text);
        var output = new ArrayBufferWriter<byte>();
        scrubber.Begin(ScrubFormat.Line);
        if (!scrubber.Take(bytes, output))
        {
            scrubber.End(output);
        }

        if (scrubber.Removed is null)
        {
            return null;
        }

        report.Add(name is null ? place : $"{place}:{HeaderName.Canonical(name)}", scrubber.Removed);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
