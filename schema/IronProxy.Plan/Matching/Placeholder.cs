using System.Text;

namespace IronProxy.Plan.Matching;

/// <summary>The placeholder of a secret in replace mode: where it is looked for, and whether it is there.</summary>
public sealed class Placeholder
{
    private readonly ReplacePlan _plan;
    private readonly HeaderMatcher _headers;
    private readonly string? _escaped;
    private readonly byte[] _bytes;

    /// <summary>Compiles the plan of a replace block.</summary>
    public Placeholder(ReplacePlan plan)
    {
        _plan = plan;
        _headers = new HeaderMatcher(plan.Headers);
        _bytes = Encoding.UTF8.GetBytes(plan.ProxyValue);
        var escaped = Uri.EscapeDataString(plan.ProxyValue);
        _escaped = string.Equals(escaped, plan.ProxyValue, StringComparison.Ordinal) ? null : escaped;
    }

    /// <summary>The placeholder itself.</summary>
    public string Token => _plan.ProxyValue;

    /// <summary>Whether a header is scanned. Headers that route or frame the request never are.</summary>
    public bool Scans(string header) => !HeaderName.IsFraming(header) && (_headers.IsEmpty || _headers.Matches(header));

    /// <summary>Whether the placeholder is in a header that is scanned.</summary>
    public bool InHeader(string header, string value) => value.Contains(Token, StringComparison.Ordinal) && Scans(header);

    /// <summary>Whether the path is scanned and has the placeholder.</summary>
    public bool InPath(string path) => _plan.Path && Contains(path);

    /// <summary>Whether the query is scanned and has the placeholder.</summary>
    public bool InQuery(string query) => _plan.Query && Contains(query);

    /// <summary>How often the placeholder is in a decoded body; 0 when bodies are not scanned.</summary>
    public int CountInBody(ReadOnlySpan<byte> body) => _plan.Body ? body.Count(_bytes) : 0;

    /// <summary>Puts an escaped value in the place of the placeholder, plain or escaped, in a path or query.</summary>
    public string ReplaceEscaped(string text, string value)
    {
        var escapedValue = Uri.EscapeDataString(value);

        // The escaped form first: an escaped value cannot hold the plain one, but it can hold the escaped one.
        text = _escaped is null ? text : text.Replace(_escaped, escapedValue, StringComparison.Ordinal);
        return text.Replace(Token, escapedValue, StringComparison.Ordinal);
    }

    private bool Contains(string text) =>
        text.Contains(Token, StringComparison.Ordinal) || (_escaped is not null && text.Contains(_escaped, StringComparison.Ordinal));
}
