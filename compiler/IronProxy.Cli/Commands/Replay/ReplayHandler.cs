using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Replay;

/// <summary>Asks a policy about the requests of audit logs.</summary>
internal sealed class ReplayHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, string against, string failOn, bool json)
    {
        if (PolicyFile.TryOpenSource(against, console, "nothing was replayed") is not { } source)
        {
            return ExitCode.Findings;
        }

        var replayer = new Replayer(new PolicyJudge(source.ToPolicy()));
        var tally = new AuditLogReader(console).Read(paths, out var allRead);
        var report = replayer.Replay(tally);
        if (json)
        {
            ReplayJson.Print(source.Plan, report, console.Out);
        }
        else
        {
            new ReplayPrinter(console.Out, new Paint(console.OutHasColor), source).Print(report);
        }

        var fails = failOn switch
        {
            ReplayCommand.OnAny => !report.Changes.IsEmpty,
            ReplayCommand.OnDenied => report.Denies,
            ReplayCommand.OnAllowed => report.Allows,
            _ => false,
        };
        return fails || !allRead ? ExitCode.Findings : ExitCode.Ok;
    }
}
