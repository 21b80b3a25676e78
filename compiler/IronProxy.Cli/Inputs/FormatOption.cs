using System.CommandLine;

namespace IronProxy.Cli.Inputs;

/// <summary><c>--format</c> and its short form <c>--json</c>, alike in every command that has them.</summary>
internal static class FormatOption
{
    public static Option<string> Format()
    {
        var option = new Option<string>("--format")
        {
            Description = "How to print the result: text or json",
            HelpName = "text|json",
            DefaultValueFactory = _ => "text",
        };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Short for --format json" };

    public static bool WantsJson(ParseResult arguments, Option<string> format, Option<bool> json) =>
        arguments.GetValue(json) || arguments.GetValue(format) == "json";
}
