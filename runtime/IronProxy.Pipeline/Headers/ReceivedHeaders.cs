namespace IronProxy.Pipeline;

/// <summary>The head of a request as the workload sent it. It never changes.</summary>
public abstract class ReceivedHeaders
{
    /// <summary>Whether the request came over HTTP/2.</summary>
    public abstract bool IsHttp2 { get; }

    /// <summary>The value of a header; those of several lines with a comma between them. Null when it is absent.</summary>
    public abstract string? Find(string name);

    /// <summary>Adds the lines that go from one end to the other, in their order.</summary>
    public abstract void CopyTo(HeaderLines lines, EndToEndNames names);
}
