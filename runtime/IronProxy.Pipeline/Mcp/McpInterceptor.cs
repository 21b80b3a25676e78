using System.Net;
using IronProxy.Pipeline.JsonRpc;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Mcp;

/// <summary>
/// Runs the MCP policy: behind the steps of a request, so that it sees what is sent, and before those of its response, so that all of them see what the workload gets.
/// </summary>
internal static class McpInterceptor
{
    /// <summary>What records and denials call it, where a step has the name of its transform.</summary>
    public const string Name = "mcp";

    /// <summary>How much of a response, or of an event, is held when proxy.max_response_body_bytes does not say.</summary>
    private const int DefaultResponseLimit = 16 * 1024 * 1024;

    private const string Json = "application/json";
    private const string EventStream = "text/event-stream";

    /// <summary>Judges a request, and remembers what was said of it.</summary>
    public static async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (await McpJudge.JudgeAsync(context).ConfigureAwait(false) is not { } verdict)
        {
            return StepOutcome.Continue;
        }

        context.Mcp = verdict;
        var record = context.Record.Mcp = new McpRecord(verdict.Server.Name, verdict.Server.Upstream is null ? null : $"{context.Destination.Host.UriText}:{context.Destination.Port}");
        foreach (var (i, message) in verdict.Messages.Index())
        {
            record.Add(Describe(message, verdict.Written.ElementAtOrDefault(i), verdict.Refusal is not null));
        }

        if (verdict.Refusal is not { } refusal || !Checks.On(Check.McpMessages))
        {
            return StepOutcome.Continue;
        }

        context.Record.RejectedBy = Name;
        context.Record.Rule = verdict.Server.At;
        if (!verdict.Messages.IsEmpty)
        {
            context.Record.DenialBody = JsonRpcErrorAnswer.Create(
                [.. verdict.Written.Where(m => m.Type == JsonRpcMessageType.Request).Select(m => m.Id)], verdict.IsBatch, context.Policy.Mcp!.Error); // It has judged.
        }

        return StepOutcome.Reject(refusal, verdict.Server.At);
    }

    /// <summary>Takes what may not be used out of the lists of a response.</summary>
    /// <param name="response">The response to a request that went to a server of the policy.</param>
    /// <param name="verdict">What was said of the request.</param>
    /// <returns>Why it is not sent; null when it is.</returns>
    public static async ValueTask<Reason?> RunAsync(ResponseContext response, McpVerdict verdict)
    {
        var refusal = await FilterAsync(response, verdict).ConfigureAwait(false);
        if (refusal is not null)
        {
            response.Request.Record.RejectedBy = Name;
            response.Request.Record.Rule = verdict.Server.At;
        }

        return refusal;
    }

    private static async ValueTask<Reason?> FilterAsync(ResponseContext response, McpVerdict verdict)
    {
        if (response.Status == (int)HttpStatusCode.SwitchingProtocols)
        {
            return Reason.MalformedMcpResponse; // Nobody would read what is said there.
        }

        if (!response.HasBody || !Checks.On(Check.McpLists))
        {
            return null;
        }

        var contentType = response.Headers.Find("Content-Type");
        var mediaType = MessageText.MediaTypeOf(contentType);
        var isJson = mediaType == Json || mediaType.EndsWith("+json", StringComparison.Ordinal);
        if (!isJson && mediaType != EventStream)
        {
            // Pages of gateways are no messages, and come with another status. Clients read the answers of a server whatever their media type is.
            return response.Status is >= (int)HttpStatusCode.OK and < (int)HttpStatusCode.MultipleChoices ? await RequireEmptyAsync(response).ConfigureAwait(false) : null;
        }

        if (response.Status == (int)HttpStatusCode.PartialContent || !MessageText.IsUtf8(contentType)
            || DecodedBody.Decode(response.Body, response.Headers.Find("Content-Encoding"), Reason.MalformedMcpResponse) is not { } body)
        {
            return Reason.MalformedMcpResponse;
        }

        var messages = new ServerMessages(response.Request, verdict.Server);
        if (!isJson)
        {
            response.Body = new EventStreamBody(body, new EventStreamFilter(messages.Filter, Limit(response), response.Request.Body.TryReserve));
            RemoveDescriptions(response);
            return null;
        }

        var (bytes, refusal) = await ReadAsync(response, body).ConfigureAwait(false);
        if (bytes.IsEmpty || refusal is not null)
        {
            response.Body = new HeldBody(bytes, body);
            return refusal;
        }

        var (readable, replacement) = messages.Filter(bytes);
        if (!readable)
        {
            return Reason.MalformedMcpResponse;
        }

        if (replacement is not null || !ReferenceEquals(body, response.Body))
        {
            RemoveDescriptions(response);
        }

        response.Body = new HeldBody(replacement is null ? bytes : replacement, body);
        return null;
    }

    /// <summary>An answer to a notification has nothing in it, and mostly no media type.</summary>
    private static async ValueTask<Reason?> RequireEmptyAsync(ResponseContext response)
    {
        if (DecodedBody.Decode(response.Body, response.Headers.Find("Content-Encoding"), Reason.MalformedMcpResponse) is not { } body)
        {
            return Reason.MalformedMcpResponse;
        }

        try
        {
            if (await body.ReadAsync(new byte[1], response.Request.Aborted).ConfigureAwait(false) > 0)
            {
                return Reason.MalformedMcpResponse;
            }
        }
        catch (BrokenResponseException e)
        {
            return e.Reason;
        }
        catch (IOException) when (!response.Request.Aborted.IsCancellationRequested)
        {
            return Reason.UpstreamClosed;
        }

        response.Body = new HeldBody(default, body);
        RemoveDescriptions(response);
        return null;
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Bytes, Reason? Refusal)> ReadAsync(ResponseContext response, ResponseBody body)
    {
        try
        {
            return await HeldBody.ReadAsync(body, Limit(response), response.Request.Body.TryReserve, response.Request.Aborted).ConfigureAwait(false);
        }
        catch (BrokenResponseException e)
        {
            return (default, e.Reason);
        }
        catch (IOException) when (!response.Request.Aborted.IsCancellationRequested)
        {
            return (default, Reason.UpstreamClosed);
        }
    }

    private static long Limit(ResponseContext response) =>
        response.Request.Policy.Plan.BodyLimits.MaxResponseBytes is > 0 and var limit ? limit : DefaultResponseLimit;

    /// <summary>The coding was taken off, and what describes the bytes would describe others.</summary>
    private static void RemoveDescriptions(ResponseContext response)
    {
        response.Headers.Remove("Content-Encoding");
        response.Headers.RemoveAll(static line => EndToEndNames.DescribesBytes(line.Key));
    }

    private static McpMessageRecord Describe(McpMessage message, McpMessage? written, bool isDenied) => new()
    {
        FromServer = false,
        Type = message.Type,
        Method = written?.Method,
        Kind = written?.Call?.Kind,
        Name = written?.Call?.Name,
        Denied = isDenied,
        Reason = message.Call is { Allowed: false } call ? call.Kind.Denial : null,
    };
}
