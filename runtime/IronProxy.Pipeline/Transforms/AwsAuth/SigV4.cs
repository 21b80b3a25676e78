using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IronProxy.Pipeline.Transforms;

/// <summary>AWS Signature Version 4: one request's key, and what is signed with it. Texts hold a character for each byte, as they are sent.</summary>
internal sealed class SigV4
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    private static readonly string HashOfNothing = Hash([]);

    private readonly byte[] _key;

    /// <summary>Makes the key of a day, a region and a service.</summary>
    public SigV4(SecretValue secret, DateTimeOffset now, string region, string service)
    {
        Time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var day = Time[..8];
        Scope = $"{day}/{region}/{service}/aws4_request";
        _key = Encoding.UTF8.GetBytes("AWS4" + secret.Reveal());
        foreach (var part in (string[])[day, region, service, "aws4_request"])
        {
            _key = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(part));
        }
    }

    /// <summary>The time of the signature, such as <c>20260102T030405Z</c>.</summary>
    public string Time { get; }

    /// <summary>Day, region and service.</summary>
    public string Scope { get; }

    /// <summary>Signs a request in its canonical form.</summary>
    public string SignRequest(string canonical) => Sign(Algorithm, Hash(Encoding.Latin1.GetBytes(canonical)));

    /// <summary>Signs a part of a body.</summary>
    /// <param name="previous">The signature of the part before it, or of the request.</param>
    /// <param name="part">Its bytes.</param>
    public string SignPart(string previous, ReadOnlySpan<byte> part) => Sign("AWS4-HMAC-SHA256-PAYLOAD", previous, HashOfNothing, Hash(part));

    /// <summary>Signs the trailers of a body.</summary>
    /// <param name="previous">The signature of its last part.</param>
    /// <param name="trailers">Names and values, each with a line feed.</param>
    public string SignTrailers(string previous, string trailers) => Sign("AWS4-HMAC-SHA256-TRAILER", previous, Hash(Encoding.Latin1.GetBytes(trailers)));

    /// <summary>SHA-256, in lower-case digits.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Writes a request as it is signed.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path, as it is sent.</param>
    /// <param name="query">The query, as it is sent, with or without its question mark.</param>
    /// <param name="headers">The headers that are signed: names in lower case and in order, values as they are sent.</param>
    /// <param name="payload">The hash of the body, or what stands for it.</param>
    /// <param name="s3">Whether S3 reads it, which takes paths for names of objects: they are not put in order, and encoded once.</param>
    public static string Canonicalize(string method, string path, string query, IReadOnlyCollection<KeyValuePair<string, string>> headers, string payload, bool s3)
    {
        var text = new StringBuilder(512).Append(method).Append('\n')
            .Append(s3 ? Encode(Decode(path, keep: '/')) : Encode(Simplify(path))).Append('\n')
            .Append(CanonicalQuery(query)).Append('\n');
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', headers.Select(h => h.Key)).Append('\n').Append(payload).ToString();
    }

    /// <summary>A header's value without the blanks that do not count.</summary>
    public static string TrimValue(string value) => string.Join(' ', value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Encodes all but unreserved characters (RFC 3986, 2.3).</summary>
    public static string EncodeAll(string text) => Encode(text.Select(static c => (c, false)));

    private string Sign(string algorithm, params ReadOnlySpan<string> lines) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{algorithm}\n{Time}\n{Scope}\n{string.Join('\n', lines)}")));

    /// <summary>In the order of what is encoded. A plus sign is a blank, as it is in forms.</summary>
    private static string CanonicalQuery(string query)
    {
        var pairs = new List<(string Name, string Value)>();
        foreach (var parameter in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = parameter.Replace('+', ' ').Split('=', 2);
            pairs.Add((Encode(Decode(parts[0])), parts.Length == 2 ? Encode(Decode(parts[1])) : ""));
        }

        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var names ? names : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(static p => $"{p.Name}={p.Value}"));
    }

    /// <summary>A path without dot segments and empty ones. What is escaped stays, and is escaped again.</summary>
    private static IEnumerable<(char Character, bool Plain)> Simplify(string path)
    {
        var segments = new List<string>();
        var all = path.Split('/');
        foreach (var segment in all)
        {
            if (segment == "..")
            {
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            }
            else if (segment is not ("" or "."))
            {
                segments.Add(segment);
            }
        }

        var open = segments.Count > 0 && all[^1] is "" or "." or ".." ? "/" : "";
        return $"/{string.Join('/', segments)}{(segments.Count > 0 ? open : "")}".Select(static c => (c, c == '/'));
    }

    /// <summary>Undoes escapes, and remembers of a separator whether it was one.</summary>
    private static IEnumerable<(char Character, bool Plain)> Decode(string text, char? keep = null)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                yield return ((char)byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), false);
                i += 2;
            }
            else
            {
                yield return (text[i], text[i] == keep);
            }
        }
    }

    private static string Encode(IEnumerable<(char Character, bool Plain)> characters)
    {
        var text = new StringBuilder();
        foreach (var (c, plain) in characters)
        {
            _ = plain || char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' ? text.Append(c) : text.Append(CultureInfo.InvariantCulture, $"%{(byte)c:X2}");
        }

        return text.ToString();
    }
}
