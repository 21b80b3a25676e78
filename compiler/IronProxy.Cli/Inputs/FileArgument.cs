using System.CommandLine;
using System.CommandLine.Parsing;

namespace IronProxy.Cli.Inputs;

/// <summary>The FILE arguments of all commands.</summary>
internal static class FileArgument
{
    public static Argument<string> One(string description) => Checked(new Argument<string>("FILE"), description);

    /// <summary>One file or more. Patterns that the shell left alone are expanded, and a file is taken once.</summary>
    public static Argument<string[]> Many(string description) =>
        Checked(new Argument<string[]>("FILE") { Arity = ArgumentArity.OneOrMore, CustomParser = Expand }, description);

    private static TArgument Checked<TArgument>(TArgument argument, string description)
        where TArgument : Argument
    {
        argument.Description = description;
        argument.Validators.Add(RefuseOptions);
        return argument;
    }

    private static string[] Expand(ArgumentResult result)
    {
        var paths = new List<string>();
        foreach (var token in result.Tokens)
        {
            var found = FilePattern.Expand(token.Value);
            if (found.Count == 0)
            {
                result.AddError($"No file matches '{token.Value}'");
            }

            paths.AddRange(found);
        }

        return [.. paths.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A mistyped option would be read as one more file, and its complaint would be about a missing file.</summary>
    private static void RefuseOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value.Length > 1 && token.Value[0] == '-')
            {
                result.AddError($"Unrecognized option '{token.Value}' (a file with such a name is written ./{token.Value})");
            }
        }
    }
}
