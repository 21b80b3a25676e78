using System.Net;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>One response on its way to the client. Nothing of it is sent before the last step has seen it.</summary>
public sealed class ResponseContext
{
    /// <summary>Takes a response.</summary>
    /// <param name="request">What it answers.</param>
    /// <param name="status">Status code, 200 to 599; 101 when a WebSocket opens.</param>
    /// <param name="headers">The header lines as they came. Those of the connection and those that say where the body ends are left out.</param>
    /// <param name="body">The body.</param>
    public ResponseContext(RequestContext request, int status, IEnumerable<KeyValuePair<string, string>> headers, ResponseBody body)
    {
        Request = request;
        Status = status;
        Body = body;
        EndToEndNames.Copy(headers, Headers);
    }

    /// <summary>What it answers.</summary>
    public RequestContext Request { get; }

    /// <summary>Status code, 200 to 599; 101 when a WebSocket opens, which another one prevents.</summary>
    public int Status { get; set; }

    /// <summary>The header lines. Where the body ends is not among them: its length says it.</summary>
    public HeaderLines Headers { get; } = new();

    /// <summary>The body. A step that changes it puts a <see cref="ResponseBodyFilter"/> around it.</summary>
    public ResponseBody Body { get; set; }

    /// <summary>Whether it has a body (RFC 9110, 6.4.1).</summary>
    public bool HasBody =>
        Request.Request.Method != "HEAD" && Status is not ((int)HttpStatusCode.NoContent or (int)HttpStatusCode.ResetContent or (int)HttpStatusCode.NotModified);

    /// <summary>Why the request or its response was rejected, when what is sent are the words of a step about that.</summary>
    public Reason? Rejection { get; set; }

    /// <summary>The step that runs now writes here.</summary>
    public StepRecord Step { get; set; } = null!; // Set by the pipeline before each step.

    /// <summary>Puts a response that was made here in its place. What came is dropped.</summary>
    public void Replace(MadeResponse response)
    {
        Status = response.Status;
        Headers.RemoveAll(static _ => true);
        foreach (var (name, value) in response.Headers)
        {
            Headers.Add(name, value);
        }

        Body = new BytesBody(response.Body);
    }
}
