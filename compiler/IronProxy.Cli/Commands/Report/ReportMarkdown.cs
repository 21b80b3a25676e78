using System.Text;
using IronProxy.Cli.Inputs;
using IronProxy.Pipeline.Logs;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Report;

/// <summary>
/// Prints a report as GitHub's Markdown, for pages that others read. Hosts and paths are what a workload chose, so every character
/// that Markdown or HTML acts upon is written as an entity.
/// </summary>
internal sealed class ReportMarkdown(TextWriter writer, PlanSource? source, bool withPaths)
{
    // A summary of GitHub's may have 1 MiB.
    private const int MaxHosts = 500;
    private const int MaxRequests = 50;
    private const int MaxText = 200;

    public void Print(TrafficReport report)
    {
        writer.WriteLine("### Egress");
        writer.WriteLine();
        writer.WriteLine(ReportText.Sum(report) + ".");
        if (report.DecidedOtherwise > 0)
        {
            writer.WriteLine($"The policy decides {report.DecidedOtherwise} of them otherwise now.");
        }

        if (report.BrokenLines > 0)
        {
            writer.WriteLine($"{report.BrokenLines} {(report.BrokenLines == 1 ? "line" : "lines")} of the log could not be read.");
        }

        if (report.Hosts.IsEmpty)
        {
            return;
        }

        PrintTable(report);
        if (withPaths)
        {
            PrintRequests(report);
        }
    }

    private void PrintTable(TrafficReport report)
    {
        writer.WriteLine();
        writer.WriteLine("| | Host | Allowed | Warned | Denied | Decided by |");
        writer.WriteLine("|---|---|--:|--:|--:|---|");
        foreach (var host in report.Hosts.Take(MaxHosts))
        {
            var denied = host.Denied + host.Refused;
            var mark = denied > 0 ? "❌" : host.Warned > 0 ? "⚠️" : "✅";
            writer.WriteLine($"| {mark} | {Code(host.Host.Length == 0 ? "(none)" : host.Host)} | {host.Allowed} | {host.Warned} | {denied} | {string.Join("<br>", host.Decisions.Select(Decision).Where(d => d.Length > 0))} |");
        }

        if (report.Hosts.Length > MaxHosts)
        {
            writer.WriteLine();
            writer.WriteLine($"And {report.Hosts.Length - MaxHosts} more hosts.");
        }
    }

    private string Decision((SourcePosition? At, string? Reason) decision)
    {
        var parts = new List<string>();
        if (decision.Reason is not null)
        {
            parts.Add(Code(decision.Reason));
        }

        if (source is not null && decision.At is { } at)
        {
            parts.Add(Escape(DecidingLine.Place(source, at)));
            if (DecidingLine.Text(source, at) is { Length: > 0 } text)
            {
                parts.Add(Code(text));
            }
        }

        return string.Join(' ', parts);
    }

    private void PrintRequests(TrafficReport report)
    {
        foreach (var host in report.Hosts.Take(MaxHosts))
        {
            writer.WriteLine();
            writer.WriteLine($"<details><summary>{Code(host.Host.Length == 0 ? "(none)" : host.Host)}: {host.Requests.Length} different {(host.Requests.Length == 1 ? "request" : "requests")}</summary>");
            writer.WriteLine();
            writer.WriteLine("| Count | Answer | Request |");
            writer.WriteLine("|--:|---|---|");
            foreach (var request in host.Requests.Take(MaxRequests))
            {
                writer.WriteLine($"| {request.Count} | {ReportText.Answer(request.Request)} | {Code(request.Request.ToString())} |");
            }

            if (host.Requests.Length > MaxRequests)
            {
                writer.WriteLine($"| | | and {host.Requests.Length - MaxRequests} more |");
            }

            writer.WriteLine();
            writer.WriteLine("</details>");
        }
    }

    private static string Code(string text) => $"<code>{Escape(text)}</code>";

    /// <summary>Letters, digits and a few marks stay; all else becomes an entity, which neither Markdown nor HTML reads as its own.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var rune in TerminalText.Escape(text).EnumerateRunes().Take(MaxText))
        {
            if (Rune.IsLetterOrDigit(rune) && rune.IsAscii || rune.Value is '.' or '-' or '/' or ' ' or ',')
            {
                escaped.Append(rune.ToString());
            }
            else
            {
                escaped.Append(System.Globalization.CultureInfo.InvariantCulture, $"&#{rune.Value};");
            }
        }

        return escaped.ToString();
    }
}
