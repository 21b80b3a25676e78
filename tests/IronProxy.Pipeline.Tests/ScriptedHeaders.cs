namespace IronProxy.Pipeline.Tests;

/// <summary>A head as it was received.</summary>
internal sealed class ScriptedHeaders(bool http2, params (string Name, string Value)[] lines) : ReceivedHeaders
{
    public override bool IsHttp2 => http2;

    protected override string? FindLines(string name)
    {
        var values = lines.Where(l => l.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(l => l.Value).ToArray();
        return values.Length == 0 ? null : string.Join(',', values);
    }

    public override void CopyTo(HeaderLines to, EndToEndNames names)
    {
        foreach (var (name, value) in lines.Where(l => names.Has(l.Name)))
        {
            to.Add(name, value);
        }
    }
}
