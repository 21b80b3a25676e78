using System.Net;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>Takes values out of one response: out of its head at once, out of its body and trailers as they come.</summary>
internal static class ResponseScrubber
{
    /// <summary>Scrubs a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="automaton">What is looked for.</param>
    /// <param name="newest">What is to be looked for later on, while the body lasts.</param>
    /// <param name="strict">Whether what cannot be searched is refused.</param>
    /// <returns>Null, or why the response is not sent.</returns>
    public static Reason? Scrub(ResponseContext response, PatternAutomaton automaton, Func<PatternAutomaton> newest, bool strict)
    {
        var contentType = response.Headers.Find("Content-Type");
        var isPart = response.Status == (int)HttpStatusCode.PartialContent;
        var decoded = isPart ? response.Body : DecodedBody.Decode(response.Body, response.Headers.Find("Content-Encoding"), Reason.ResponseUnscrubbable);
        var isWebSocket = response.Status == (int)HttpStatusCode.SwitchingProtocols;
        var obstacle = isWebSocket ? (response.Request.Policy.Plan.WebSocket is { Inspect: true } ? null : "websocket")
            : !response.HasBody ? null
            : isPart ? "partial content"
            : decoded is null ? "content coding"
            : !ContentCoding.IsIdentity(response.Headers.Find("grpc-encoding")) ? "grpc coding"
            : !ResponseText.IsReadable(contentType) ? "charset"
            : null;
        if (obstacle is not null)
        {
            response.Step.Annotate("unscrubbed", obstacle);
            if (strict && Checks.On(Check.ResponseSearchable))
            {
                return Reason.ResponseUnscrubbable;
            }
        }

        var report = new ScrubReport();
        response.Request.Record.BeforeWrite(Finish, (response.Step, report));
        var scrubber = new StreamScrubber(automaton);
        ScrubbedLines.Scrub(response.Headers, scrubber, report);
        if (isWebSocket)
        {
            return null;
        }

        if (decoded is not null && !ReferenceEquals(decoded, response.Body))
        {
            response.Headers.Remove("Content-Encoding");
        }

        // What could not be read is searched as it is: a server may have said that it is something else than it is.
        var format = obstacle is null ? ResponseText.FormatOf(contentType) : ScrubFormat.SameLength;
        response.Body = new ScrubbedBody(decoded ?? response.Body, new ScrubberChain(scrubber, newest), format, report);
        return null;
    }

    private static void Finish((StepRecord Step, ScrubReport Report) state)
    {
        if (state.Report.Uses is { } uses)
        {
            state.Step.Annotate("scrubbed", uses);
        }
    }
}
