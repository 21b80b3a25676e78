using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace IronProxy.Cli;

/// <summary>The usual help, with the command's examples at its end.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new() { MaxWidth = 110 };

    /// <inheritdoc />
    public override bool ClearsParseErrors => true;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in Examples.Of(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  {example}");
        }

        return ExitCode.Ok;
    }
}

/// <summary>The examples of each command.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, string[]> ByCommand = [];

    /// <summary>Sets the examples of a command: whole command lines that work as they are.</summary>
    public static void WithExamples(this Command command, params string[] examples) => ByCommand.Add(command, examples);

    /// <summary>The examples of a command. A test holds that every command has some.</summary>
    public static IReadOnlyList<string> Of(Command command) => ByCommand.TryGetValue(command, out var examples) ? examples : [];
}
