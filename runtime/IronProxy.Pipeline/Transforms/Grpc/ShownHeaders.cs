using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// The headers that a server of a grpc transform is shown, and what it answers about them. What decides where a message goes or where it ends is neither shown nor
/// taken: two readers could understand it differently.
/// </summary>
/// <param name="allowed">Headers that the server sees and may change; null for all.</param>
internal sealed class ShownHeaders(HeaderMatcher? allowed)
{
    private const string ContentLength = "Content-Length";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether the server sees a header.</summary>
    public bool Shows(string name) => !IsReserved(name) && allowed?.Matches(name) != false;

    /// <summary>The lines that the server sees, those of one name together.</summary>
    public List<ShownHeader> Of(HeaderLines lines)
    {
        var names = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        var shown = new List<ShownHeader>();
        foreach (var (name, value) in lines)
        {
            if (!Shows(name))
            {
                continue;
            }

            if (!names.TryGetValue(name, out var values))
            {
                names.Add(name, values = []);
                shown.Add(new ShownHeader(HeaderName.Canonical(name), values));
            }

            values.Add(ToText(value));
        }

        return shown;
    }

    /// <summary>Puts what the server answers in the place of what it was shown.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="shown">What it was shown.</param>
    /// <param name="answered">What it answers; nothing leaves the lines as they are.</param>
    /// <param name="length">The length of the body that it answers; null when it leaves the body.</param>
    /// <param name="changed">Gets the names of what is changed.</param>
    /// <returns>What is wrong with the answer; null when it was applied.</returns>
    public string? Apply(HeaderLines lines, IReadOnlyList<ShownHeader> shown, IReadOnlyList<ShownHeader> answered, long? length, ICollection<string> changed)
    {
        if (answered.Count == 0)
        {
            return null;
        }

        if (!TryRead(answered, length, out var read, out var problem))
        {
            return problem;
        }

        var before = shown.ToDictionary(h => h.Name, h => h.Values, StringComparer.OrdinalIgnoreCase);
        foreach (var name in before.Keys.Where(n => !read.ContainsKey(n)))
        {
            lines.Remove(name);
            changed.Add(name);
        }

        foreach (var (name, header) in read)
        {
            if (before.TryGetValue(name, out var values) && values.SequenceEqual(header.Values, StringComparer.Ordinal))
            {
                continue; // Byte for byte as it came, also where its text is another spelling of its bytes.
            }

            lines.Remove(name);
            foreach (var value in header.Values)
            {
                lines.Add(name, HeaderName.ToWire(value));
            }

            changed.Add(HeaderName.Canonical(name));
        }

        return lines.Count > RequestHead.MaxLines ? "it has more headers than a head may have" : null;
    }

    /// <summary>The lines of a message that the server makes itself.</summary>
    /// <returns>What is wrong with them; null when nothing is.</returns>
    public static string? TryMake(IReadOnlyList<ShownHeader> answered, long length, out List<KeyValuePair<string, string>> lines)
    {
        lines = [];
        if (!new ShownHeaders(null).TryRead(answered, length, out var read, out var problem))
        {
            return problem;
        }

        lines.AddRange(read.Values.SelectMany(h => h.Values.Select(v => KeyValuePair.Create(h.Name, HeaderName.ToWire(v)))));
        return lines.Count > RequestHead.MaxLines ? "it has more headers than a head may have" : null;
    }

    private bool TryRead(IReadOnlyList<ShownHeader> answered, long? length, out Dictionary<string, ShownHeader> read, [NotNullWhen(false)] out string? problem)
    {
        read = new Dictionary<string, ShownHeader>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in answered.Where(h => h.Values.Count > 0))
        {
            if (header.Name.Equals(ContentLength, StringComparison.OrdinalIgnoreCase) && length?.ToString(CultureInfo.InvariantCulture) is { } own && header.Values is [var said] && said == own)
            {
                continue; // The length is written anew, and this is it.
            }

            problem = !HeaderName.IsValid(header.Name) ? "it has a header whose name is none"
                : IsReserved(header.Name) ? "it sets a header of framing, routing or the connection"
                : !Shows(header.Name) ? "it sets a header that is not in allowed_headers"
                : header.Values.Select(HeaderName.ToWire).Any(v => (RequestHead.CheckSyntax(header.Name, v) ?? RequestHead.CheckLength(header.Name, v)) is not null) ? "it has a header with a value that cannot be sent"
                : !read.TryAdd(header.Name, header) ? "it has a header twice, in two letter cases"
                : null;
            if (problem is not null)
            {
                return false;
            }
        }

        problem = null;
        return true;
    }

    private static bool IsReserved(string name) => HeaderName.IsFraming(name) || HeaderName.IsHopByHop(name);

    /// <summary>Values are held with a character for each byte. Most that are not ASCII are UTF-8.</summary>
    internal static string ToText(string value)
    {
        if (Ascii.IsValid(value))
        {
            return value;
        }

        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }
}
