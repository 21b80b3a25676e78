using System.Net;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Upstream;

/// <summary>A request to an upstream that knows on whose behalf it is made: the connection that it may need is on that client's account.</summary>
/// <param name="client">The workload's address.</param>
/// <param name="audit">Its record.</param>
public sealed class UpstreamRequest(IPAddress client, AuditRecord audit) : HttpRequestMessage
{
    /// <summary>The workload's address.</summary>
    public IPAddress Client { get; } = client;

    /// <summary>Its head is about to be sent, for the first time or once more.</summary>
    /// <exception cref="UpstreamBrokenException">It cannot be sent once more.</exception>
    public void Begin()
    {
        (Content as StreamedRequestContent)?.RefuseSecondTime();
        audit.IsForwarded = true;
    }
}
