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
        var decoded = isPart ? response.Body : DecodedBody.Decode(response.Body, response.Headers.Find("Content-Encoding"));
        var obstacle = response.Status == (int)HttpStatusCode.SwitchingProtocols ? "websocket"
            : !HasBody(response) ? null
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
        if (response.Status == (int)HttpStatusCode.SwitchingProtocols)
        {
            return null;
        }

        if (decoded is not null && !ReferenceEquals(decoded, response.Body))
        {
            response.Headers.Remove("Content-Encoding");
        }

        // What could not be read is searched as it is: a server may have said that it is something else than it is.
        var format = obstacle is null ? ResponseText.FormatOf(contentType) : ScrubFormat.SameLength;
        response.Body = new ScrubbedBody(decoded ?? response.Body, scrubber, newest, format, report);
        return null;
    }

    /// <summary>RFC 9110, 6.4.1.</summary>
    private static bool HasBody(ResponseContext response) =>
        response.Request.Request.Method != "HEAD" && response.Status is not ((int)HttpStatusCode.NoContent or (int)HttpStatusCode.ResetContent or (int)HttpStatusCode.NotModified);

    private static void Finish((StepRecord Step, ScrubReport Report) state)
    {
        if (state.Report.Uses is { } uses)
        {
            state.Step.Annotate("scrubbed", uses);
        }
    }
}
