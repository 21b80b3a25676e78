using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>The head of a request that is asked about.</summary>
internal sealed class AskedHeaders(IReadOnlyList<AskedHeader> headers) : ReceivedHeaders
{
    public override bool IsHttp2 => false;

    /// <summary>Whether the body comes in chunks, so that its length is not announced.</summary>
    public bool IsChunked { get; } = headers.Any(h =>
        h.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && h.Value.Equals("chunked", StringComparison.OrdinalIgnoreCase));

    protected override string? FindLines(string name)
    {
        var values = headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToArray();
        return values.Length == 0 ? null : string.Join(',', values);
    }

    public override void CopyTo(HeaderLines lines, EndToEndNames names)
    {
        foreach (var header in headers.Where(h => names.Has(h.Name)))
        {
            lines.Add(header.Name, HeaderName.ToWire(header.Value));
        }
    }
}
