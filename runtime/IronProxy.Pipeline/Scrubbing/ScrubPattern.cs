using System.Text;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>One way to write a value, with escapes undone.</summary>
internal sealed class ScrubPattern
{
    /// <summary>The two alphabets of RFC 4648, 4 and 5, differ in two characters.</summary>
    private static readonly (char Standard, char Url)[] OtherLetters = [('+', '-'), ('/', '_')];

    private ScrubPattern(ScrubbedValue value, byte[] bytes, string replacement)
    {
        Value = value;
        Bytes = bytes;
        Replacement = replacement;
    }

    /// <summary>Whose.</summary>
    public ScrubbedValue Value { get; }

    /// <summary>The bytes that are looked for.</summary>
    public byte[] Bytes { get; }

    /// <summary>What is written in their place, before it is escaped.</summary>
    public string Replacement { get; }

    /// <summary>The ways to write a value.</summary>
    public static IEnumerable<ScrubPattern> Of(ScrubbedValue value)
    {
        // Servers drop blanks around what they are sent, in headers always (RFC 9110, 5.5).
        var text = value.Real.Reveal().Trim();
        yield return new ScrubPattern(value, Encoding.UTF8.GetBytes(text), value.Placeholder);
        if (text.Contains(' ', StringComparison.Ordinal))
        {
            yield return new ScrubPattern(value, Encoding.UTF8.GetBytes(text.Replace(' ', '+')), value.Placeholder); // As forms have it.
        }

        var real = Encoding.UTF8.GetBytes(text);
        var stretched = Stretch(Encoding.UTF8.GetBytes(value.Placeholder), real.Length);
        for (var before = 0; before < 3; before++)
        {
            var written = Base64Inside(real, before);
            var replacement = Base64Inside(stretched, before);
            yield return new ScrubPattern(value, Encoding.ASCII.GetBytes(written), replacement);
            if (ToUrl(written) is var url && url != written)
            {
                yield return new ScrubPattern(value, Encoding.ASCII.GetBytes(url), ToUrl(replacement));
            }
        }
    }

    /// <summary>The bytes over and over, up to a length.</summary>
    private static byte[] Stretch(byte[] bytes, int length)
    {
        var stretched = new byte[length];
        for (var i = 0; i < length; i++)
        {
            stretched[i] = bytes[i % bytes.Length];
        }

        return stretched;
    }

    /// <summary>
    /// The characters that some bytes alone determine when others stand before and behind them. Those at both ends have up to four bits of the first and last
    /// byte beside bits of the neighbours, and stay, or nothing behind them could be decoded.
    /// </summary>
    private static string Base64Inside(byte[] bytes, int before)
    {
        const int Bits = 6;
        var all = Convert.ToBase64String([.. new byte[before], .. bytes]);
        var first = ((8 * before) + Bits - 1) / Bits;
        return all[first..(8 * (before + bytes.Length) / Bits)];
    }

    private static string ToUrl(string text) => OtherLetters.Aggregate(text, static (t, letters) => t.Replace(letters.Standard, letters.Url));
}
