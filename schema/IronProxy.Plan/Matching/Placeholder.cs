using System.Text;

namespace IronProxy.Plan.Matching;

/// <summary>The placeholder of a secret in replace mode: where it is looked for, and how a value takes its place.</summary>
public sealed class Placeholder
{
    private readonly ReplacePlan _plan;
    private readonly HeaderMatcher _headers;
    private readonly string? _escaped;
    private readonly string _inHeaders;
    private readonly byte[][] _inRaw;
    private readonly byte[][] _inForm;
    private readonly byte[][] _inJson;

    /// <summary>Compiles the plan of a replace block.</summary>
    public Placeholder(ReplacePlan plan)
    {
        _plan = plan;
        _headers = new HeaderMatcher(plan.Headers);
        _inRaw = BodyFormat.Raw.SpellingsOf(plan.ProxyValue);
        _inForm = BodyFormat.Form.SpellingsOf(plan.ProxyValue);
        _inJson = BodyFormat.Json.SpellingsOf(plan.ProxyValue);
        _inHeaders = HeaderName.ToWire(plan.ProxyValue);
        var escaped = Uri.EscapeDataString(plan.ProxyValue);
        _escaped = string.Equals(escaped, plan.ProxyValue, StringComparison.Ordinal) ? null : escaped;
    }

    /// <summary>Whether a header is scanned. Headers that route or frame the request never are.</summary>
    public bool Scans(string header) => !HeaderName.IsFraming(header) && (_headers.IsEmpty || _headers.Matches(header));

    /// <summary>Whether the placeholder is in a header that is scanned, plainly or inside Basic credentials.</summary>
    public bool InHeader(string header, string value) =>
        (IsPlainIn(value) || TryFindInCredentials(header, value, out _)) && Scans(header);

    /// <summary>Whether the placeholder stands in a header's value as it is.</summary>
    public bool IsPlainIn(string value) => value.Contains(_inHeaders, StringComparison.Ordinal);

    /// <summary>Whether the path is scanned and has the placeholder.</summary>
    public bool InPath(string path) => _plan.Path && Contains(path);

    /// <summary>Whether the query is scanned and has the placeholder.</summary>
    public bool InQuery(string query) => _plan.Query && Contains(query);

    /// <summary>How often the placeholder is in a decoded body; 0 when bodies are not scanned.</summary>
    public int CountInBody(ReadOnlySpan<byte> body, BodyFormat format) => _plan.Body ? ByteReplacement.Count(body, Spellings(format)) : 0;

    /// <summary>How long a header's value becomes when a value of some length in bytes takes the placeholder's place.</summary>
    public long LengthInHeader(string header, string value, int length)
    {
        if (IsPlainIn(value))
        {
            return value.Length + Grown(value.AsSpan().Count(_inHeaders), length, _inHeaders.Length);
        }

        return TryFindInCredentials(header, value, out var credentials)
            ? value.Length + (ByteReplacement.LengthAfter(credentials, _inRaw, length) * 4 / 3)
            : value.Length;
    }

    /// <summary>How long a path or query becomes when an escaped value takes the placeholder's place.</summary>
    public long LengthEscaped(string text, int length) => text.Length
        + (_escaped is null ? 0 : Grown(text.AsSpan().Count(_escaped), length, _escaped.Length))
        + Grown(text.AsSpan().Count(_plan.ProxyValue), length, _plan.ProxyValue.Length);

    /// <summary>How long a body becomes when an encoded value takes the placeholder's place.</summary>
    public long LengthInBody(ReadOnlySpan<byte> body, BodyFormat format, int length) => ByteReplacement.LengthAfter(body, Spellings(format), length);

    /// <summary>Puts a value in the place of the placeholder in a header's value.</summary>
    public string ReplaceInHeader(string header, string value, string secret)
    {
        if (IsPlainIn(value))
        {
            return value.Replace(_inHeaders, secret, StringComparison.Ordinal);
        }

        return TryFindInCredentials(header, value, out var credentials)
            ? BasicCredentials.Encode(value, ByteReplacement.Replace(credentials, _inRaw, Encoding.UTF8.GetBytes(secret)))
            : value;
    }

    /// <summary>Puts an escaped value in the place of the placeholder, plain or escaped, in a path or query.</summary>
    public string ReplaceEscaped(string text, string value)
    {
        var escapedValue = Uri.EscapeDataString(value);

        // The escaped form first: an escaped value cannot hold the plain one, but it can hold the escaped one.
        text = _escaped is null ? text : text.Replace(_escaped, escapedValue, StringComparison.Ordinal);
        return text.Replace(_plan.ProxyValue, escapedValue, StringComparison.Ordinal);
    }

    /// <summary>Puts an encoded value in the place of the placeholder in a body.</summary>
    public byte[] ReplaceInBody(ReadOnlySpan<byte> body, BodyFormat format, ReadOnlySpan<byte> encoded) =>
        ByteReplacement.Replace(body, Spellings(format), encoded);

    private static long Grown(int count, int length, int tokenLength) => (long)count * Math.Max(0, length - tokenLength);

    private byte[][] Spellings(BodyFormat format) => format == BodyFormat.Form ? _inForm : format == BodyFormat.Json ? _inJson : _inRaw;

    private bool TryFindInCredentials(string header, string value, out byte[] credentials)
    {
        credentials = [];
        return BasicCredentials.MayBeIn(header, value)
            && BasicCredentials.TryDecode(value, out credentials)
            && credentials.AsSpan().IndexOf(_inRaw[0]) >= 0;
    }

    private bool Contains(string text) =>
        text.Contains(_plan.ProxyValue, StringComparison.Ordinal) || (_escaped is not null && text.Contains(_escaped, StringComparison.Ordinal));
}
