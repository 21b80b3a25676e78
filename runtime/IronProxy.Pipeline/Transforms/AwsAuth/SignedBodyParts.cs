using System.Globalization;
using System.Text;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Bodies whose parts are signed one by one (<c>aws-chunked</c>): each signature covers the one before it, the first that of the request.</summary>
internal static class SignedBodyParts
{
    private const string Name = "chunk-signature=";
    private const string TrailerName = "x-amz-trailer-signature:";
    private const int SignatureLength = 64;

    /// <summary>Puts new signatures in the place of those of a body.</summary>
    /// <param name="body">The body, which is changed. Its length stays.</param>
    /// <param name="key">Signs them.</param>
    /// <param name="seed">The signature of the request.</param>
    /// <param name="trailers">Whether trailers follow the last part.</param>
    /// <returns>False when the body is not written like that.</returns>
    public static bool TrySign(Span<byte> body, SigV4 key, string seed, bool trailers)
    {
        var signature = seed;
        while (true)
        {
            if (!TryReadLine(ref body, out var line) || !TryReadHead(line, out var size, out var place) || size > body.Length)
            {
                return false;
            }

            var part = body[..size];
            signature = key.SignPart(signature, part);
            Encoding.ASCII.GetBytes(signature, line[place..]);
            body = body[size..];
            if (size == 0)
            {
                return trailers ? TrySignTrailers(body, key, signature) : IsEnd(body);
            }

            if (!TryReadLine(ref body, out var end) || !end.IsEmpty)
            {
                return false;
            }
        }
    }

    private static bool TrySignTrailers(Span<byte> body, SigV4 key, string signature)
    {
        var signed = new StringBuilder();
        while (TryReadLine(ref body, out var line))
        {
            var text = Encoding.Latin1.GetString(line);
            if (text.StartsWith(TrailerName, StringComparison.OrdinalIgnoreCase) && text.Length == TrailerName.Length + SignatureLength)
            {
                Encoding.ASCII.GetBytes(key.SignTrailers(signature, signed.ToString()), line[TrailerName.Length..]);
                return IsEnd(body);
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return false;
            }

            signed.Append(text.AsSpan(0, colon).Trim()).Append(':').Append(text.AsSpan(colon + 1).Trim()).Append('\n');
        }

        return false;
    }

    /// <summary>The size in hexadecimal digits, and a signature.</summary>
    private static bool TryReadHead(ReadOnlySpan<byte> line, out int size, out int place)
    {
        var text = Encoding.Latin1.GetString(line);
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        place = semicolon + 1 + Name.Length;
        size = 0;
        return semicolon > 0
            && int.TryParse(text.AsSpan(0, semicolon), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size)
            && size >= 0
            && text.AsSpan(semicolon + 1).StartsWith(Name, StringComparison.Ordinal)
            && text.Length == place + SignatureLength;
    }

    private static bool TryReadLine(ref Span<byte> body, out Span<byte> line)
    {
        var end = body.IndexOf("\r\n"u8);
        line = end < 0 ? [] : body[..end];
        body = end < 0 ? body : body[(end + 2)..];
        return end >= 0;
    }

    private static bool IsEnd(ReadOnlySpan<byte> body) => body.IsEmpty || body.SequenceEqual("\r\n"u8);
}
