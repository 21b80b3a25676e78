using System.Collections.Immutable;
using IronProxy.Cli.AuditLogs;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Report;

/// <summary>What audit logs hold, by host.</summary>
/// <param name="Hosts">Hosts that were denied something first, then those that only warn mode let through, then those that were asked most.</param>
/// <param name="BrokenLines">How many lines could not be read.</param>
/// <param name="DecidedOtherwise">How many requests the policy at hand decides otherwise than was recorded.</param>
internal sealed record TrafficReport(ImmutableArray<HostTraffic> Hosts, long BrokenLines, long DecidedOtherwise)
{
    /// <summary>Sums a tally up.</summary>
    /// <param name="tally">The requests.</param>
    /// <param name="judge">The policy that decided; null when it is not at hand.</param>
    public static TrafficReport Of(RequestTally tally, PolicyJudge? judge)
    {
        var otherwise = 0L;
        var requests = new List<RequestTraffic>();
        foreach (var (request, count) in tally.Counts)
        {
            SourcePosition? by = null;
            if (judge is not null && request.Answer != PolicyAnswer.NotAsked)
            {
                // What a later step denied by headers or bodies was let through by the same allowlist.
                if (request.Step is not null)
                {
                    by = judge.DeniedBy(request);
                }
                else if (judge.Decide(request) is var verdict && verdict.Answer == request.Answer)
                {
                    by = verdict.At;
                }
                else
                {
                    otherwise += count;
                }
            }

            requests.Add(new RequestTraffic(request, count, by));
        }

        return new TrafficReport(
            [.. requests.GroupBy(r => r.Request.Host, StringComparer.Ordinal)
                .Select(HostTraffic.Of)
                .OrderBy(h => h.Denied + h.Refused == 0)
                .ThenBy(h => h.Warned == 0)
                .ThenByDescending(h => h.Requests.Sum(r => r.Count))
                .ThenBy(h => h.Host, StringComparer.Ordinal)],
            tally.BrokenLines,
            otherwise);
    }

    /// <summary>How many requests have an answer.</summary>
    public long Count(Func<HostTraffic, long> of) => Hosts.Sum(of);
}

/// <summary>The requests to one host.</summary>
/// <param name="Host">As recorded.</param>
/// <param name="Allowed">How many an allowlist let through.</param>
/// <param name="Warned">How many got through in warn mode alone.</param>
/// <param name="Denied">How many policy denied.</param>
/// <param name="Refused">How many were refused before policy was asked, because they could be read in two ways.</param>
/// <param name="Requests">The requests: those that did not get through first, then the most frequent.</param>
internal sealed record HostTraffic(string Host, long Allowed, long Warned, long Denied, long Refused, ImmutableArray<RequestTraffic> Requests)
{
    public static HostTraffic Of(IGrouping<string, RequestTraffic> requests) => new(
        requests.Key,
        Sum(requests, PolicyAnswer.Allowed),
        Sum(requests, PolicyAnswer.Warned),
        Sum(requests, PolicyAnswer.Denied),
        Sum(requests, PolicyAnswer.NotAsked),
        [.. requests.OrderByDescending(r => r.Request.Answer).ThenByDescending(r => r.Count).ThenBy(r => r.Request.ToString(), StringComparer.Ordinal).ThenBy(r => r.Request.Reason, StringComparer.Ordinal)]);

    /// <summary>What decided, each once: rules that let something through, and reasons why something was not.</summary>
    public IEnumerable<(SourcePosition? At, string? Reason)> Decisions => Requests.Select(r => (r.By, r.Request.Reason)).Distinct();

    private static long Sum(IEnumerable<RequestTraffic> requests, PolicyAnswer answer) => requests.Where(r => r.Request.Answer == answer).Sum(r => r.Count);
}

/// <summary>One kind of request.</summary>
/// <param name="Request">What was recorded.</param>
/// <param name="Count">How often.</param>
/// <param name="By">The rule that let it through, or the step or entry that denied it. Null without the policy, and when that decides otherwise.</param>
internal sealed record RequestTraffic(RecordedRequest Request, long Count, SourcePosition? By);
