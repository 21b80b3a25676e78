using System.Text;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Merging;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Commands.MergeRules;

/// <summary>Adds egress rules to a policy. With a mistake in any file nothing is written.</summary>
internal sealed class MergeRulesHandler(CliConsole console)
{
    public int Run(string policy, IReadOnlyList<string> rules, MergeSettings settings, string? output)
    {
        var merged = EgressRulesMerger.Merge(Read(policy), [.. rules.Select(Read)], settings);
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor, console.ErrorWidth).Print(merged.Diagnostics);
        if (merged.Text is not { } text)
        {
            console.Error.WriteLine(merged.Problem is { } problem
                ? $"ironc: {policy} cannot take the rules: {problem}"
                : $"{policy}: {DiagnosticCounts.Of(merged.Diagnostics)}, so nothing was written");
            return ExitCode.Findings;
        }

        if (output is null)
        {
            console.Out.Write(text);
        }
        else
        {
            OutputFile.Replace(output, Encoding.UTF8.GetBytes(text));
        }

        return ExitCode.Ok;
    }

    private SourceText Read(string path) => new(path, InputFile.ReadPolicy(path, console));
}
