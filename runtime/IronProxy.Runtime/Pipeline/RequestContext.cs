using System.Net;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Audit;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Pipeline;

/// <summary>One request on its way: what was received, which never changes, and what will be sent.</summary>
public sealed class RequestContext
{
    private HostMatch _host;

    /// <summary>Starts a request.</summary>
    public RequestContext(HttpContext http, CanonicalRequest request, in HostMatch host, RequestBody body, AuditRecord audit)
    {
        Http = http;
        Request = request;
        _host = host;
        Body = body;
        Audit = audit;
        Path = request.Target.Path;
        Query = request.Target.Query;
    }

    /// <summary>The server's view of the request.</summary>
    public HttpContext Http { get; }

    /// <summary>What policy is asked about.</summary>
    public CanonicalRequest Request { get; }

    /// <summary>The host's place in the plan's tables.</summary>
    public ref readonly HostMatch Host => ref _host;

    /// <summary>Headers as the workload sent them.</summary>
    public IHeaderDictionary ReceivedHeaders => Http.Request.Headers;

    /// <summary>Headers that will be sent.</summary>
    public OutgoingHeaders Headers { get; } = new();

    /// <summary>Path that will be sent: as received, but for a placeholder that was swapped.</summary>
    public string Path { get; set; }

    /// <summary>Query that will be sent, with its question mark.</summary>
    public string Query { get; set; }

    /// <summary>The body.</summary>
    public RequestBody Body { get; }

    /// <summary>Writes the response's body.</summary>
    public ResponseWait Response { get; init; } = null!; // Set by the pipeline.

    /// <summary>The record of this request.</summary>
    public AuditRecord Audit { get; }

    /// <summary>The step that runs now writes here.</summary>
    public StepRecord Step { get; set; } = null!; // Set by the pipeline before each step.

    /// <summary>Names of headers and parameters that a secret was injected into: the first in the order of the file wins.</summary>
    public HashSet<string>? Injected { get; set; }

    /// <summary>The workload's address.</summary>
    public IPAddress ClientAddress => Http.Connection.RemoteIpAddress ?? IPAddress.None;

    /// <summary>Ends when the client goes away.</summary>
    public CancellationToken Aborted => Http.RequestAborted;
}
