using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Applies what a server of a grpc transform answers about a response.</summary>
internal static class AnsweredResponse
{
    private const int SwitchingProtocols = 101;

    /// <summary>A rejection that says no status is one of 403.</summary>
    private const int Forbidden = 403;

    /// <summary>Whether a response has a body: that of an opened WebSocket is none.</summary>
    public static bool HasBody(ResponseContext response) => response.Status != SwitchingProtocols;

    /// <summary>Reads the whole body of a response.</summary>
    /// <param name="response">The response. Its body is in memory then.</param>
    /// <param name="limit">The most bytes.</param>
    /// <returns>The bytes, or why the response is refused.</returns>
    public static async ValueTask<(byte[]? Bytes, Reason? Refusal)> HoldAsync(ResponseContext response, long limit)
    {
        var request = response.Request;
        ReadOnlyMemory<byte> bytes;
        try
        {
            (bytes, var refusal) = await HeldBody.ReadAsync(response.Body, limit, request.Body.TryReserve, request.Aborted).ConfigureAwait(false);
            if (refusal is not null)
            {
                return (null, refusal);
            }
        }
        catch (IOException e) when (!request.Aborted.IsCancellationRequested)
        {
            return (null, e is BrokenResponseException broken ? broken.Reason : Reason.UpstreamClosed);
        }

        response.Body = new AnsweredBody(response.Body, bytes, response.Body.Length);
        return (bytes.ToArray(), null);
    }

    /// <summary>Applies an answer.</summary>
    /// <param name="response">The response.</param>
    /// <param name="shown">What the server was shown.</param>
    /// <param name="answer">What it answers.</param>
    /// <param name="headers">Which headers it may change.</param>
    /// <param name="limit">The most bytes of a body.</param>
    /// <param name="changed">Gets what is changed, in the notation of the record.</param>
    /// <returns>What is wrong with the answer; null when it was applied.</returns>
    public static string? Apply(ResponseContext response, ShownResponse shown, ShownResponse answer, ShownHeaders headers, long limit, List<string> changed)
    {
        if (answer.Status != 0 && answer.Status != shown.Status && !IsStatus(answer.Status))
        {
            return "its status is none of a response";
        }

        if (answer.Body?.Length > limit)
        {
            return "its body is larger than a step may hold";
        }

        var names = new List<string>();
        if (headers.Apply(response.Headers, shown.Headers, answer.Headers, answer.Body?.Length ?? shown.Body?.Length, names) is { } wrong)
        {
            return wrong;
        }

        changed.AddRange(names.Select(n => "header:" + n));
        var opened = response.Status == SwitchingProtocols;
        if (answer.Status != 0 && answer.Status != response.Status)
        {
            response.Status = answer.Status;
            changed.Add("status");
        }

        if (answer.Body is { } body && !(shown.Body is { } before && body.Span.SequenceEqual(before.Span)))
        {
            if (response.Status == SwitchingProtocols)
            {
                return "it has a body for a WebSocket that opens";
            }

            response.Body = shown.Body is null ? new BytesBody(body) : new AnsweredBody(response.Body, body, response.Body.MayHaveTrailers ? null : body.Length);
            changed.Add("body");
        }
        else if (opened && response.Status != SwitchingProtocols)
        {
            response.Body = new BytesBody(default);
        }

        return null;
    }

    /// <summary>The words of a rejection.</summary>
    /// <returns>What is wrong with them; null when nothing is.</returns>
    public static string? TryMake(ShownResponse answer, long limit, out MadeResponse words)
    {
        var status = answer.Status == 0 ? Forbidden : answer.Status;
        var body = answer.Body ?? default;
        var problem = !IsStatus(status) ? "its status is none of a response" : body.Length > limit ? "its body is larger than a step may hold" : null;
        var wrong = ShownHeaders.TryMake(answer.Headers, body.Length, out var lines);
        words = new MadeResponse(status, lines, body);
        return problem ?? wrong;
    }

    private static bool IsStatus(int status) => status is >= 200 and < 600;

    /// <summary>A body that was read to its end, or another one in its place; the trailers are those that came.</summary>
    private sealed class AnsweredBody(ResponseBody inner, ReadOnlyMemory<byte> bytes, long? length) : ResponseBodyFilter(inner)
    {
        private ReadOnlyMemory<byte> _left = bytes;

        /// <inheritdoc />
        public override long? Length => length;

        /// <inheritdoc />
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            var count = Math.Min(buffer.Length, _left.Length);
            _left[..count].CopyTo(buffer);
            _left = _left[count..];
            return new(count);
        }
    }
}
