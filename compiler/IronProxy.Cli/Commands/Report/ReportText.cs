using System.Globalization;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Commands.Report;

/// <summary>Prints a report for people.</summary>
internal sealed class ReportText(TextWriter writer, Paint paint, PlanSource? source, bool withPaths)
{
    private const int MaxHosts = 100;
    private const int MaxRequests = 20;
    private const int MaxHostWidth = 50;

    public void Print(TrafficReport report)
    {
        if (!report.Hosts.IsEmpty)
        {
            PrintTable(report);
            writer.WriteLine();
        }

        writer.WriteLine(Sum(report));
        if (report.DecidedOtherwise > 0)
        {
            writer.WriteLine($"the policy decides {report.DecidedOtherwise} of them otherwise now: 'ironc replay' shows which");
        }

        if (report.BrokenLines > 0)
        {
            writer.WriteLine($"not read: {report.BrokenLines} {(report.BrokenLines == 1 ? "line" : "lines")}");
        }
    }

    /// <summary>The report in one line.</summary>
    public static string Sum(TrafficReport report)
    {
        var requests = report.Hosts.Sum(h => h.Requests.Sum(r => r.Count));
        (string Name, long Count)[] parts =
        [
            ("allowed", report.Count(h => h.Allowed)), ("let through in warn mode", report.Count(h => h.Warned)),
            ("denied", report.Count(h => h.Denied)), ("refused as malformed", report.Count(h => h.Refused)),
        ];
        return $"{requests} {(requests == 1 ? "request" : "requests")} to {report.Hosts.Length} {(report.Hosts.Length == 1 ? "host" : "hosts")}"
            + (requests == 0 ? "" : ": " + string.Join(", ", parts.Where(p => p.Count > 0).Select(p => $"{p.Count} {p.Name}")));
    }

    private void PrintTable(TrafficReport report)
    {
        var shown = report.Hosts.Take(MaxHosts).ToArray();
        var width = Math.Min(MaxHostWidth, Math.Max(4, shown.Max(h => Printed(h.Host).Length)));
        var hasWarnings = report.Hosts.Any(h => h.Warned > 0);
        writer.WriteLine(paint.Bold($"{"host".PadRight(width)}  {"allowed",9}{(hasWarnings ? $"  {"warned",9}" : "")}  {"denied",9}"));
        foreach (var host in shown)
        {
            var denied = host.Denied + host.Refused;
            var warned = hasWarnings ? $"  {Number(host.Warned, paint.Note)}" : "";
            writer.WriteLine($"{Printed(host.Host).PadRight(width)}  {Number(host.Allowed, paint.Good)}{warned}  {Number(denied, paint.Bad)}");
            PrintDecisions(host);
            if (withPaths)
            {
                PrintRequests(host);
            }
        }

        if (report.Hosts.Length > MaxHosts)
        {
            writer.WriteLine($"and {report.Hosts.Length - MaxHosts} more hosts; --json has them all");
        }
    }

    private static string Number(long count, Func<string, string> color)
    {
        var text = count.ToString(CultureInfo.InvariantCulture).PadLeft(9);
        return count == 0 ? text : color(text);
    }

    private void PrintDecisions(HostTraffic host)
    {
        foreach (var (at, reason) in host.Decisions)
        {
            var place = source is not null && at is { } by ? $"{DecidingLine.Place(source, by)}  {DecidingLine.Text(source, by)}" : "";
            if (reason is not null || place.Length > 0)
            {
                writer.WriteLine(paint.Dim($"    {string.Join("  ", new[] { reason, place }.Where(p => !string.IsNullOrEmpty(p)))}"));
            }
        }
    }

    private void PrintRequests(HostTraffic host)
    {
        foreach (var request in host.Requests.Take(MaxRequests))
        {
            writer.WriteLine($"    {request.Count,7}  {Answer(request.Request),-8}  {request.Request}");
        }

        if (host.Requests.Length > MaxRequests)
        {
            writer.WriteLine($"    and {host.Requests.Length - MaxRequests} more; --json has them all");
        }
    }

    /// <summary>One word for an answer.</summary>
    public static string Answer(RecordedRequest request) => request.Answer switch
    {
        PolicyAnswer.Allowed => "allowed",
        PolicyAnswer.Warned => "warned",
        PolicyAnswer.Denied => "denied",
        PolicyAnswer.NotAsked => "refused",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // A workload chooses what it asks for, and a terminal acts on some characters.
    private static string Printed(string host)
    {
        var text = host.Length == 0 ? "(none)" : TerminalText.Escape(host);
        return text.Length > MaxHostWidth ? text[..(MaxHostWidth - 3)] + "..." : text;
    }
}
