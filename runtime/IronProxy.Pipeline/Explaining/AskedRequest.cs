namespace IronProxy.Pipeline.Explaining;

/// <summary>The request that is asked about, as it was written.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">A URL, or <c>host:port</c> for a tunnel.</param>
public sealed record AskedRequest(string Method, string Target)
{
    /// <summary>Name of the client that asks. Null for somebody who is not known.</summary>
    public string? Client { get; init; }

    /// <summary>Whether a tunnel is asked for.</summary>
    public bool IsTunnel => Method == "CONNECT";
}
