namespace IronProxy.Pipeline.Tests;

/// <summary>A head as it was received.</summary>
internal sealed class ScriptedHeaders(bool http2, params (string Name, string Value)[] lines) : ReceivedHeaders
{
    public override bool IsHttp2 => http2;

    public override string? Find(string name)
    {
        var copy = new HeaderLines();
        CopyTo(copy);
        return copy.Find(name);
    }

    public override void CopyTo(HeaderLines to)
    {
        foreach (var (name, value) in lines)
        {
            to.Add(name, value);
        }
    }
}
