using System.CommandLine;
using System.CommandLine.Parsing;

namespace IronProxy.Cli.Inputs;

/// <summary>The FILE arguments of all commands.</summary>
internal static class FileArgument
{
    public static Argument<string> One(string description) => Checked(new Argument<string>("FILE"), description);

    public static Argument<string[]> Many(string description) =>
        Checked(new Argument<string[]>("FILE") { Arity = ArgumentArity.OneOrMore }, description);

    private static TArgument Checked<TArgument>(TArgument argument, string description)
        where TArgument : Argument
    {
        argument.Description = description;
        argument.Validators.Add(RefuseOptions);
        return argument;
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
