using System.Globalization;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Replay;

/// <summary>Prints a replay for people: the changes, with the lines of the new policy that decide, and a sum.</summary>
internal sealed class ReplayPrinter(TextWriter writer, Paint paint, PlanSource source)
{
    private const int MaxGroups = 50;
    private const int MaxRows = 20;
    private const int MaxLineWidth = 120;

    private static readonly (ReplayChange Change, string Title, string InSum)[] Sections =
    [
        (ReplayChange.NewlyDenied, "newly denied", "newly denied"),
        (ReplayChange.NowEnforced, "let through in warn mode, and denied now", "let through in warn mode and denied now"),
        (ReplayChange.NewlyAllowed, "newly allowed", "newly allowed"),
        (ReplayChange.NowWarned, "denied before, and let through with a warning now", "denied before and only warned about now"),
        (ReplayChange.OtherReason, "denied as before, for another reason", "denied for another reason"),
    ];

    public void Print(ReplayReport report)
    {
        foreach (var (change, title, _) in Sections)
        {
            PrintSection(title, [.. report.Changes.Where(c => c.Change == change)]);
        }

        var parts = Sections.Select(s => (s.InSum, Count: report.Count(s.Change))).Where(s => s.Count > 0).Select(s => $", {s.Count} {s.InSum}");
        writer.WriteLine($"{Requests(report.Replayed)} replayed: {report.Replayed - report.Changes.Sum(c => c.Count)} decided as recorded{string.Concat(parts)}");
        foreach (var (why, count) in report.NotReplayed)
        {
            writer.WriteLine($"not replayed: {count} ({why})");
        }

        if (report.BrokenLines > 0)
        {
            writer.WriteLine($"not read: {report.BrokenLines} {(report.BrokenLines == 1 ? "line" : "lines")}");
        }
    }

    private void PrintSection(string title, List<ReplayedRequest> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        writer.WriteLine(paint.Bold($"{title}: {Requests(changes.Sum(c => c.Count))}, {changes.Count} different"));
        var width = changes.Max(c => c.Count).ToString(CultureInfo.InvariantCulture).Length;

        // What is decided alike is shown together. Groups come in the order of their most frequent request.
        var groups = changes.GroupBy(c => (Was: Was(c.Request), Now: Now(c.Now))).ToList();
        foreach (var group in groups.Take(MaxGroups))
        {
            PrintGroup([.. group], group.Key.Was, group.Key.Now, width);
        }

        if (groups.Count > MaxGroups)
        {
            writer.WriteLine($"  and {Requests(groups.Skip(MaxGroups).SelectMany(g => g).Sum(c => c.Count))} more; --json has them all");
        }

        writer.WriteLine();
    }

    private void PrintGroup(List<ReplayedRequest> changes, string was, string now, int width)
    {
        foreach (var change in changes.Take(MaxRows))
        {
            writer.WriteLine($"  {change.Count.ToString(CultureInfo.InvariantCulture).PadLeft(width)}  {change.Request}");
        }

        var indent = new string(' ', width + 4);
        if (changes.Count > MaxRows)
        {
            writer.WriteLine($"{indent}and {changes.Count - MaxRows} more; --json has them all");
        }

        writer.WriteLine($"{indent}  {paint.Dim("was")} {was}");
        writer.WriteLine($"{indent}  {paint.Dim("now")} {now}");
        if (changes[0].Now.At is { } at && source.Yaml?.Line(at.Line).TrimEnd() is { Length: > 0 } line)
        {
            var number = at.Line.ToString(CultureInfo.InvariantCulture);
            writer.WriteLine($"{indent}    {paint.Dim($"{number} |")} {(line.Length > MaxLineWidth ? line[..MaxLineWidth] : line)}");
        }
    }

    private static string Was(RecordedRequest request) => request.Answer switch
    {
        PolicyAnswer.Allowed when request.Failure is { } failure => $"allowed by policy (then {failure})",
        PolicyAnswer.Allowed => "allowed",
        PolicyAnswer.Warned when request.Reason is { } reason => $"let through with a warning: {reason}",
        PolicyAnswer.Warned => "let through with a warning",
        _ => $"denied{(request.Step is { } step ? $" by {step}" : "")}: {request.Reason}",
    };

    private string Now(PolicyVerdict now) => now.Answer switch
    {
        PolicyAnswer.Allowed => $"allowed{(now.At is { } rule ? $" by the rule at {At(rule)}" : "")}",
        PolicyAnswer.Warned => $"let through with a warning by {now.Step} at {At(now.At!.Value)}: {now.Reason}", // A step has its place.
        _ => $"denied{(now.Step is { } step ? $" by {step} at {At(now.At!.Value)}" : "")}: {now.Reason}",
    };

    private string At(SourcePosition position) => $"{(source.Yaml is null ? source.Plan.Source : source.Path)}:{position}";

    private static string Requests(long count) => $"{count} {(count == 1 ? "request" : "requests")}";
}
