using System.Net;

namespace IronProxy.Runtime.Upstream;

/// <summary>A request to an upstream that knows on whose behalf it is made: the connection that it may need is on that client's account.</summary>
/// <param name="client">The workload's address.</param>
public sealed class UpstreamRequest(IPAddress client) : HttpRequestMessage
{
    /// <summary>The workload's address.</summary>
    public IPAddress Client { get; } = client;
}
