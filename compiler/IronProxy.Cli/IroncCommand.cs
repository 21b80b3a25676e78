using System.CommandLine;
using System.CommandLine.Help;
using IronProxy.Cli.Commands.Ca;
using IronProxy.Cli.Commands.Compile;
using IronProxy.Cli.Commands.Demo;
using IronProxy.Cli.Commands.Deploy;
using IronProxy.Cli.Commands.Diff;
using IronProxy.Cli.Commands.Doctor;
using IronProxy.Cli.Commands.Explain;
using IronProxy.Cli.Commands.Fmt;
using IronProxy.Cli.Commands.Learn;
using IronProxy.Cli.Commands.MergeRules;
using IronProxy.Cli.Commands.Prove;
using IronProxy.Cli.Commands.Replay;
using IronProxy.Cli.Commands.Report;
using IronProxy.Cli.Commands.Schema;
using IronProxy.Cli.Commands.Targets;
using IronProxy.Cli.Commands.Test;
using IronProxy.Cli.Commands.Validate;
using IronProxy.Cli.Commands.Version;
using IronProxy.Cli.Commands.Watch;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli;

/// <summary>The command line: every command in the order of the help.</summary>
internal static class IroncCommand
{
    public static RootCommand Create(CliConsole console)
    {
        var root = new RootCommand("Compiles proxy.yaml into the plan that iron-proxy runs, and answers questions about it.")
        {
            ValidateCommand.Create(console),
            CompileCommand.Create(console),
            ExplainCommand.Create(console),
            TestCommand.Create(console),
            FmtCommand.Create(console),
            SchemaCommand.Create(console),
            DiffCommand.Create(console),
            ProveCommand.Create(console),
            ReplayCommand.Create(console),
            ReportCommand.Create(console),
            WatchCommand.Create(console),
            LearnCommand.Create(console),
            MergeRulesCommand.Create(console),
            DeployCommand.Create(console),
            TargetsCommand.Create(console),
            CaCommand.Create(console),
            DoctorCommand.Create(console),
            DemoCommand.Create(console),
            VersionCommand.Create(console),
        };
        root.HelpName = "ironc";
        root.WithExamples(
            "ironc demo",
            "ironc validate proxy.yaml",
            "ironc compile proxy.yaml -o proxy.plan.json");

        var version = root.Options.OfType<VersionOption>().Single();
        version.Description = "Show what 'ironc version' shows";
        version.Action = new VersionAction(console);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Show how to use the command";
        help.Action = new HelpWithExamples();
        return root;
    }
}
