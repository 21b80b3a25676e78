using System.Diagnostics;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Report;

/// <summary>Sums audit logs up, by host.</summary>
internal sealed class ReportHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, string? policy, bool withPaths, string format)
    {
        PlanSource? source = null;
        if (policy is not null && (source = PolicyFile.TryOpenSource(policy, console, "nothing was summed up")) is null)
        {
            return ExitCode.Findings;
        }

        var judge = source is null ? null : new PolicyJudge(source.ToPolicy());
        var tally = new AuditLogReader(console).Read(paths, out var allRead);
        var report = TrafficReport.Of(tally, judge);
        switch (format)
        {
            case FormatOption.Text:
                new ReportText(console.Out, new Paint(console.OutHasColor), source, withPaths).Print(report);
                break;
            case FormatOption.JsonName:
                ReportJson.Print(report, console.Out);
                break;
            case ReportCommand.Markdown:
                new ReportMarkdown(console.Out, source, withPaths).Print(report);
                break;
            default:
                throw new UnreachableException($"The command line was validated, and {format} is no format.");
        }

        return allRead ? ExitCode.Ok : ExitCode.Findings;
    }
}
