using System.Globalization;
using System.Text;

namespace IronProxy.Pipeline.Tests.Scrubbing;

/// <summary>
/// What scrubbing means, written down in the plainest way: all bytes are there, every reading is made as a whole, every pattern is compared at every place.
/// It shares nothing with the code that it judges.
/// </summary>
internal sealed class NaiveScrubber((string Real, string Placeholder)[] values)
{
    private readonly (byte[] Bytes, string Replacement)[] _patterns = [.. values.SelectMany(v => PatternsOf(v.Real, v.Placeholder))];

    /// <summary>The patterns, for tests that put them into bodies.</summary>
    public IEnumerable<byte[]> Patterns => _patterns.Select(p => p.Bytes);

    public string Scrub(string latin1)
    {
        var body = Encoding.Latin1.GetBytes(latin1);
        (int Start, int End, int Rank, string Replacement)[] found =
        [
            .. ReadingsOf(body).SelectMany((reading, rank) => Search(reading).Select(f => (f.Start, f.End, rank, f.Replacement)))
                .OrderBy(f => f.Start).ThenByDescending(f => f.End).ThenBy(f => f.rank),
        ];
        var text = new StringBuilder();
        var written = 0;
        foreach (var (start, end, rank, replacement) in found)
        {
            if (start >= written)
            {
                text.Append(Encoding.Latin1.GetString(body[written..start]));
                text.Append(rank == 1 ? Uri.EscapeDataString(replacement) : rank == 2 ? replacement.Replace("\"", "\\\"", StringComparison.Ordinal) : replacement);
            }

            written = Math.Max(written, end);
        }

        return text.Append(Encoding.Latin1.GetString(body[written..])).ToString();
    }

    /// <summary>What is the same in base64 whatever stands around a text is what the text alone determines.</summary>
    public static string Base64Of(string text, int before)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var (zeros, ones) = (Around(bytes, before, 0x00), Around(bytes, before, 0xFF));
        return string.Concat(zeros.Zip(ones).Where(p => p.First == p.Second).Select(p => p.First));

        static string Around(byte[] bytes, int before, byte neighbour) =>
            Convert.ToBase64String([.. Enumerable.Repeat(neighbour, before), .. bytes, .. Enumerable.Repeat(neighbour, 3)]).TrimEnd('=');
    }

    private static IEnumerable<(byte[] Bytes, string Replacement)> PatternsOf(string real, string placeholder)
    {
        yield return (Encoding.UTF8.GetBytes(real), placeholder);
        yield return (Encoding.UTF8.GetBytes(real.Replace(' ', '+')), placeholder);
        var length = Encoding.UTF8.GetByteCount(real);
        var stretched = string.Concat(Enumerable.Repeat(placeholder, length))[..length];
        for (var before = 0; before < 3; before++)
        {
            var (written, replacement) = (Base64Of(real, before), Base64Of(stretched, before));
            yield return (Encoding.ASCII.GetBytes(written), replacement);
            yield return (Encoding.ASCII.GetBytes(ToUrl(written)), ToUrl(replacement));
        }
    }

    private static string ToUrl(string text) => text.Replace('+', '-').Replace('/', '_');

    private static IEnumerable<List<(byte Value, int Start, int End)>> ReadingsOf(byte[] body)
    {
        yield return Read(body, (_, _) => null);
        yield return Read(body, ReadPercent);
        yield return Read(body, ReadJson);
    }

    private static List<(byte Value, int Start, int End)> Read(byte[] body, Func<byte[], int, (byte[] Bytes, int Length)?> escape)
    {
        var reading = new List<(byte, int, int)>();
        for (var at = 0; at < body.Length;)
        {
            var (bytes, length) = escape(body, at) ?? ([body[at]], 1);
            reading.AddRange(bytes.Select(b => (b, at, at + length)));
            at += length;
        }

        return reading;
    }

    private static (byte[] Bytes, int Length)? ReadPercent(byte[] body, int at) =>
        body[at] == '%' && Hex(body, at + 1, 2) is { } value ? ([(byte)value], 3) : null;

    private static (byte[] Bytes, int Length)? ReadJson(byte[] body, int at)
    {
        if (body[at] != '\\' || at + 1 >= body.Length)
        {
            return null;
        }

        var letter = "\"\\/bfnrt".IndexOf((char)body[at + 1], StringComparison.Ordinal);
        if (letter >= 0)
        {
            return ([(byte)"\"\\/\b\f\n\r\t"[letter]], 2);
        }

        if (Unit(body, at) is not { } first)
        {
            return null;
        }

        if (!char.IsSurrogate(first))
        {
            return (Encoding.UTF8.GetBytes([first]), 6);
        }

        return Unit(body, at + 6) is { } second && char.IsSurrogatePair(first, second) ? (Encoding.UTF8.GetBytes([first, second]), 12) : null;
    }

    private static char? Unit(byte[] body, int at) => at + 1 < body.Length && body[at] == '\\' && body[at + 1] == 'u' && Hex(body, at + 2, 4) is { } unit ? (char)unit : null;

    private static int? Hex(byte[] body, int at, int digits) =>
        at + digits <= body.Length && body[at..(at + digits)].All(b => char.IsAsciiHexDigit((char)b))
            ? int.Parse(Encoding.ASCII.GetString(body, at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;

    private IEnumerable<(int Start, int End, string Replacement)> Search(List<(byte Value, int Start, int End)> reading)
    {
        foreach (var (bytes, replacement) in _patterns)
        {
            for (var at = 0; at + bytes.Length <= reading.Count; at++)
            {
                if (bytes.AsSpan().SequenceEqual(reading.Skip(at).Take(bytes.Length).Select(r => r.Value).ToArray()))
                {
                    yield return (reading[at].Start, reading[at + bytes.Length - 1].End, replacement);
                }
            }
        }
    }
}
