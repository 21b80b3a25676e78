using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// A request as a language model is shown it: one JSON object, of what the workload has sent and not of what steps have made of it. Everything in it has a size that it cannot be
/// longer than, and what is cut or left out is said in warnings that the workload cannot write.
/// </summary>
internal sealed class JudgeEnvelope
{
    /// <summary>Each in bytes of UTF-8, as all sizes here.</summary>
    private const int MaxBody = 16 * 1024;

    private const int MaxUrl = 2 * 1024;
    private const int MaxHeaders = 4 * 1024;
    private const int MaxValue = 512;

    /// <summary>What says where a request goes, what it is, and who it is from. They stand first, so that no number of other headers hides them.</summary>
    private static readonly string[] First =
    [
        "Host", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Authorization", "Cookie",
    ];

    /// <summary>It goes to a model, never into HTML.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _method;
    private readonly string _url;
    private readonly List<(string Name, string Value)> _headers;
    private readonly byte[] _body;
    private readonly bool _readable;

    private JudgeEnvelope(string method, string url, List<(string Name, string Value)> headers, byte[] body, bool readable)
    {
        _method = method;
        _url = url;
        _headers = headers;
        _body = body;
        _readable = readable;
    }

    /// <summary>Looks at a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body without its content coding.</param>
    /// <param name="readable">Whether the coding could be read; else the body is as it came.</param>
    public static JudgeEnvelope Of(RequestContext context, byte[] body, bool readable)
    {
        var request = context.Request;
        var received = context.Received;
        var headers = new List<(string Name, string Value)>();
        foreach (var name in First)
        {
            if ((received.Find(name) ?? (name == "Host" ? request.HostHeader : null)) is { } value)
            {
                headers.Add((name, ShownHeaders.ToText(value)));
            }
        }

        var others = new HeaderLines();
        EndToEndNames.Copy(received, others);
        foreach (var name in others.Select(l => HeaderName.Canonical(l.Key)).Distinct(StringComparer.Ordinal).Except(First, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            headers.Add((name, ShownHeaders.ToText(others.Find(name)!))); // It is one of theirs.
        }

        // A request that steps see has method and scheme.
        return new JudgeEnvelope(request.Method!, $"{request.Scheme}://{request.HostHeader}{request.Target.Path}{request.Target.Query}", headers, body, readable);
    }

    /// <summary>
    /// What tells the request from every other one: all of it, to the last byte, also of what is not shown. Each part has its length in front, so that no two requests are written alike.
    /// </summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Encoding.UTF8.GetBytes(_method));
        Add(Encoding.UTF8.GetBytes(_url));
        foreach (var (name, value) in _headers)
        {
            Add(Encoding.UTF8.GetBytes(name));
            Add(Encoding.UTF8.GetBytes(value));
        }

        Add(_readable ? [1] : [0]);
        Add(_body);
        return Convert.ToHexString(hash.GetHashAndReset());

        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }
    }

    /// <summary>The JSON object.</summary>
    public string Write()
    {
        var warnings = new List<string>();
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            json.WriteString("method", Cut(_method, MaxValue, "the method", warnings));
            json.WriteString("url", Cut(_url, MaxUrl, "the URL", warnings));
            WriteHeaders(json, warnings);
            WriteBody(json, warnings);
            json.WriteStartArray("warnings");
            foreach (var warning in warnings)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private void WriteHeaders(Utf8JsonWriter json, List<string> warnings)
    {
        json.WriteStartArray("headers");
        var left = MaxHeaders;
        var written = 0;
        foreach (var (name, value) in _headers)
        {
            // Of the first ones each is shown at least in part; of the others each that has room whole.
            var isFirst = Array.IndexOf(First, name) >= 0;
            var most = Math.Min(MaxValue, left - name.Length);
            var shown = Prefix(value, Math.Max(most, 0), out var length);
            if (most < 0 || (!isFirst && Math.Min(length, MaxValue) > most))
            {
                break;
            }

            left -= name.Length + Encoding.UTF8.GetByteCount(shown);
            written++;
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", shown);
            if (shown.Length < value.Length)
            {
                json.WriteNumber("cut_from_bytes", length);
                warnings.Add($"header {written} is cut: its value has {length} bytes");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (written < _headers.Count)
        {
            warnings.Add($"{_headers.Count - written} more headers are left out");
        }
    }

    private void WriteBody(Utf8JsonWriter json, List<string> warnings)
    {
        if (_body.Length == 0)
        {
            return;
        }

        if (!_readable)
        {
            warnings.Add($"the body of {_body.Length} bytes is left out: its content coding cannot be read");
        }
        else if (!Utf8.IsValid(_body))
        {
            warnings.Add($"the body of {_body.Length} bytes is left out: it is not UTF-8 text");
        }
        else if (_body.Length > MaxBody && IsMultipart())
        {
            json.WriteStartObject("body_summary");
            json.WriteString("kind", "multipart");
            json.WriteNumber("bytes", _body.Length);
            json.WriteEndObject();
            warnings.Add($"the body of {_body.Length} bytes, which has several parts, is left out: {MaxBody} bytes can be shown");
        }
        else
        {
            json.WriteString("body", Cut(Encoding.UTF8.GetString(_body), MaxBody, "the body", warnings));
        }
    }

    private bool IsMultipart() =>
        _headers.Any(static h => h.Name == "Content-Type" && h.Value.AsSpan().TrimStart(" \t").StartsWith("multipart/", StringComparison.OrdinalIgnoreCase));

    private static string Cut(string text, int most, string what, List<string> warnings)
    {
        var shown = Prefix(text, most, out var length);
        if (shown.Length < text.Length)
        {
            warnings.Add($"{what} is cut: it has {length} bytes");
        }

        return shown;
    }

    private static string Prefix(string text, int most, out int length)
    {
        length = Encoding.UTF8.GetByteCount(text);
        return ModelWords.CutBytes(text, most);
    }
}
