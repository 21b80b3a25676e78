using IronProxy.Pipeline.Mcp;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline;

/// <summary>One request on its way: what was received, which never changes, and what will be sent.</summary>
public class RequestContext
{
    private readonly HostMatch _host;
    private HashSet<string>? _claimed;
    private Dictionary<IStep, object>? _kept;

    /// <summary>Starts a request. What will be sent is a copy of what was received, without what belongs to the client's connection.</summary>
    /// <param name="policy">What decides.</param>
    /// <param name="request">What policy is asked about.</param>
    /// <param name="received">Headers as the workload sent them.</param>
    /// <param name="body">The body.</param>
    /// <param name="record">What is remembered of it.</param>
    public RequestContext(PlanPolicy policy, CanonicalRequest request, ReceivedHeaders received, RequestBody body, DecisionRecord record)
    {
        Policy = policy;
        Request = request;
        Received = received;
        Body = body;
        Record = record;
        _host = policy.Matcher.FindHost(request.Host);
        if (policy.Mcp?.FindUpstream(_host, request) is { } upstream)
        {
            Destination = request with { Scheme = upstream.Scheme, Host = upstream.Host, Port = upstream.Port };
            Path = upstream.Target.Path == "/" ? request.Target.Path : upstream.Target.Path;
        }
        else
        {
            Destination = request;
            Path = request.Target.Path;
        }

        Query = request.Target.Query;
        EndToEndNames.Copy(received, Headers);
    }

    /// <summary>What decides.</summary>
    public PlanPolicy Policy { get; }

    /// <summary>What policy is asked about.</summary>
    public CanonicalRequest Request { get; }

    /// <summary>What it is sent to: the scheme, host and port that it asks for, unless its MCP server is elsewhere. Policy is never asked about these.</summary>
    public CanonicalRequest Destination { get; }

    /// <summary>The host's place in the plan's tables.</summary>
    public ref readonly HostMatch Host => ref _host;

    /// <summary>Headers as the workload sent them.</summary>
    public ReceivedHeaders Received { get; }

    /// <summary>Headers that will be sent.</summary>
    public HeaderLines Headers { get; } = new();

    /// <summary>Path that will be sent: as received, or that of an MCP server which is elsewhere, but for a placeholder that was swapped.</summary>
    public string Path { get; set; }

    /// <summary>Query that will be sent, with its question mark.</summary>
    public string Query { get; set; }

    /// <summary>The body.</summary>
    public RequestBody Body { get; }

    /// <summary>Whether the body is known. It always is while requests are served.</summary>
    public virtual bool KnowsBody => true;

    /// <summary>Whether it asks for a WebSocket, in whichever version of HTTP.</summary>
    public virtual bool OpensWebSocket => false;

    /// <summary>What is remembered of it.</summary>
    public DecisionRecord Record { get; }

    /// <summary>What the MCP policy has said; null when the request goes to none of its servers, and before it was asked.</summary>
    public McpVerdict? Mcp { get; set; }

    /// <summary>The step that runs now writes here.</summary>
    public StepRecord Step { get; set; } = null!; // Set by the pipeline before each step.

    /// <summary>Ends when the client goes away.</summary>
    public virtual CancellationToken Aborted => CancellationToken.None;

    /// <summary>The connection that it came in.</summary>
    public virtual RequestOrigin Origin => default;

    /// <summary>Is told what the step that runs now does; null while requests are served.</summary>
    public virtual IStepObserver? Observer => null;

    /// <summary>Whether a step acts on the request.</summary>
    /// <param name="rules">Its rule set; null when it acts on every request.</param>
    public bool IsInScope(int? rules)
    {
        var holds = Policy.Matcher.Matches(rules, Host, Request, out var rule);
        Observer?.Asked(rules, holds, rule);
        return holds;
    }

    /// <summary>Whether a step acts on the request, or on one whose path a router may take for the same.</summary>
    /// <param name="rules">Its rule set.</param>
    public bool IsRouteInScope(int rules)
    {
        var holds = Policy.Matcher.MatchesRoute(rules, Host, Request, out var rule);
        Observer?.Asked(rules, holds, rule);
        return holds;
    }

    /// <summary>Takes places for what a step sets, such as <c>header:Authorization</c>: the first in the order of the file wins.</summary>
    /// <returns>False when one of them was taken before; then none is taken now.</returns>
    public bool TryClaim(params ReadOnlySpan<string> places)
    {
        if (IsClaimed(places))
        {
            return false;
        }

        _claimed ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var place in places)
        {
            _claimed.Add(place);
        }

        return true;
    }

    /// <summary>Whether one of some places was taken.</summary>
    public bool IsClaimed(params ReadOnlySpan<string> places)
    {
        foreach (var place in places)
        {
            if (_claimed?.Contains(place) == true)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Keeps something of a step for the response to the request: steps keep nothing themselves.</summary>
    public void Keep(IStep step, object value) => (_kept ??= [])[step] = value;

    /// <summary>What a step has kept; null when that is nothing.</summary>
    public object? Kept(IStep step) => _kept?.GetValueOrDefault(step);

    /// <summary>Holds the whole body, as it is sent.</summary>
    /// <returns>The bytes, or why the request is refused.</returns>
    public ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadBodyAsync() => Body.ReadWholeAsync(Policy.Plan.BodyLimits.MaxRequestBytes, Aborted);

    /// <summary>Holds the whole body, as it is sent but without its content coding.</summary>
    /// <returns>The bytes, or why the request is refused.</returns>
    public ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadDecodedBodyAsync() =>
        Body.ReadDecodedAsync(Headers.Find("Content-Encoding"), Policy.Plan.BodyLimits.MaxRequestBytes, Aborted);

    /// <summary>
    /// Holds the whole body without its content coding, for a step that judges it, and sends it so: most servers do not look at Content-Encoding of requests, and bytes can be one thing with a coding and
    /// another without.
    /// </summary>
    /// <returns>The bytes, or why the request is refused.</returns>
    public async ValueTask<(byte[]? Bytes, Reason? Refusal)> ReadJudgedBodyAsync()
    {
        var (bytes, refusal) = await ReadDecodedBodyAsync().ConfigureAwait(false);
        if (bytes is not null)
        {
            SendDecoded(bytes);
        }

        return (bytes, refusal);
    }

    /// <summary>Sends a body that was judged without its content coding as it was judged. One that steps have changed has no coding any more.</summary>
    public void SendDecoded(byte[] bytes)
    {
        if (Headers.Find("Content-Encoding") is not null)
        {
            ReplaceBody(bytes);
        }
    }

    /// <summary>Holds the whole body as the workload has sent it, whatever steps have put in its place.</summary>
    /// <returns>The bytes without their content coding, or as they came when that cannot be read, and whether it could; or why the request is refused.</returns>
    public ValueTask<(byte[]? Bytes, bool Decoded, Reason? Refusal)> ReadReceivedBodyAsync() =>
        Body.ReadReceivedAsync(Received.Find("Content-Encoding"), Policy.Plan.BodyLimits.MaxRequestBytes, Aborted);

    /// <summary>Sends another body, without a content coding. Only after the whole body was read.</summary>
    public void ReplaceBody(byte[] bytes)
    {
        Body.Replace(bytes);
        Headers.Remove("Content-Encoding");
    }
}
