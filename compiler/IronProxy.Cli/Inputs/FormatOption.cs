using System.CommandLine;

namespace IronProxy.Cli.Inputs;

/// <summary><c>--format</c> and its short form <c>--json</c>, alike in every command that has them.</summary>
internal static class FormatOption
{
    public const string Text = "text";
    public const string JsonName = "json";

    /// <summary>A <c>--format</c> that takes text and json.</summary>
    public static Option<string> Format() => Format(Text, JsonName);

    /// <summary>A <c>--format</c> that takes the given names; the first holds without it.</summary>
    public static Option<string> Format(params string[] names)
    {
        var option = new Option<string>("--format")
        {
            Description = $"How to print the result: {string.Join(", ", names[..^1])} or {names[^1]}",
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => names[0],
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Short for --format json" };

    public static bool WantsJson(ParseResult arguments, Option<string> format, Option<bool> json) =>
        Wanted(arguments, format, json) == JsonName;

    /// <summary>The name of the format that is asked for.</summary>
    public static string Wanted(ParseResult arguments, Option<string> format, Option<bool> json) =>
        arguments.GetValue(json) ? JsonName : arguments.GetRequiredValue(format);
}
