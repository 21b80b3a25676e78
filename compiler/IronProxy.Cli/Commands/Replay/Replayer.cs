using System.Collections.Immutable;
using IronProxy.Cli.AuditLogs;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Replay;

/// <summary>Compares what policy said to recorded requests with what a new one says.</summary>
internal sealed class Replayer(PolicyJudge judge)
{
    private readonly SortedDictionary<string, long> _notReplayed = new(StringComparer.Ordinal);
    private readonly List<ReplayedRequest> _changes = [];
    private long _replayed;

    public ReplayReport Replay(RequestTally tally)
    {
        foreach (var (request, count) in tally.Counts)
        {
            Replay(request, count);
        }

        if (tally.OtherLines > 0)
        {
            LeaveOut("not an audit record", tally.OtherLines);
        }

        return new ReplayReport
        {
            Changes = [.. _changes
                .OrderBy(c => c.Change)
                .ThenByDescending(c => c.Count)
                .ThenBy(c => c.Request.ToString(), StringComparer.Ordinal)
                .ThenBy(c => c.Request.Answer)
                .ThenBy(c => c.Request.Reason, StringComparer.Ordinal)
                .ThenBy(c => c.Request.Failure, StringComparer.Ordinal)],
            Replayed = _replayed,
            NotReplayed = [.. _notReplayed.Select(n => new NotReplayed(n.Key, n.Value)).OrderByDescending(n => n.Count)],
            BrokenLines = tally.BrokenLines,
        };
    }

    private void Replay(RecordedRequest request, long count)
    {
        if (request.Answer == PolicyAnswer.NotAsked)
        {
            LeaveOut($"refused before policy was asked: {request.Reason}", count);
            return;
        }

        var now = judge.Decide(request);
        if (DependsOnMore(request, now))
        {
            LeaveOut($"denied by {request.Step} ({request.Reason}), which looks at what the record does not hold", count);
            return;
        }

        _replayed += count;
        var change = Compare(request, now);
        if (change != ReplayChange.None)
        {
            _changes.Add(new ReplayedRequest(change, count, request, now));
        }
    }

    /// <summary>Behind the allowlist other steps decide, by headers and bodies mostly. One that said no may say so again.</summary>
    private static bool DependsOnMore(RecordedRequest request, PolicyVerdict now) =>
        request.Step is not null
        && now.Answer != PolicyAnswer.Denied
        && (now.SecretUnknown || request.Reason != Reason.SecretOverPlaintext.Code);

    private static ReplayChange Compare(RecordedRequest request, PolicyVerdict now) => (request.Answer, now.Answer) switch
    {
        (PolicyAnswer.Allowed, PolicyAnswer.Allowed) => ReplayChange.None,
        (PolicyAnswer.Allowed, _) => ReplayChange.NewlyDenied,
        (_, PolicyAnswer.Allowed) => ReplayChange.NewlyAllowed,
        (PolicyAnswer.Warned, PolicyAnswer.Denied) => ReplayChange.NowEnforced,
        (PolicyAnswer.Denied, PolicyAnswer.Warned) => ReplayChange.NowWarned,

        // The record of a tunnel that warn mode let through does not say why policy said no.
        _ => request.Reason is null || request.Reason == now.Reason?.Code ? ReplayChange.None : ReplayChange.OtherReason,
    };

    private void LeaveOut(string why, long count) => _notReplayed[why] = _notReplayed.GetValueOrDefault(why) + count;
}
