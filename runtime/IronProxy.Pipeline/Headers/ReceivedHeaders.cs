using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>The head of a request as the workload sent it, but for what it shows to the proxy alone. It never changes.</summary>
public abstract class ReceivedHeaders
{
    /// <summary>Whether the request came over HTTP/2.</summary>
    public abstract bool IsHttp2 { get; }

    /// <summary>The value of a header; those of several lines with a comma between them. Null when it is absent.</summary>
    public string? Find(string name) => HeaderName.IsForProxy(name) && Checks.On(Check.ClientCredentialsHidden) ? null : FindLines(name);

    /// <summary>Adds the lines that go from one end to the other, in their order.</summary>
    public abstract void CopyTo(HeaderLines lines, EndToEndNames names);

    /// <summary>The same, whatever the header is for.</summary>
    protected abstract string? FindLines(string name);
}
