using System.CommandLine;
using System.CommandLine.Parsing;

namespace IronProxy.Cli.Inputs;

/// <summary>Arguments and options that name a policy: a file, or <c>git:REVISION:PATH</c>.</summary>
internal static class PlanArgument
{
    public static Argument<string> Create(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(Check);
        return argument;
    }

    /// <summary>Checks an option that names one.</summary>
    public static void Check(Option<string> option) => option.Validators.Add(Check);

    private static void Check(SymbolResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value.Length > 1 && token.Value[0] == '-')
            {
                // It would be read as one more file.
                result.AddError($"Unrecognized option '{token.Value}' (a file with such a name is written ./{token.Value})");
            }
            else if (GitFile.IsOne(token.Value) && !GitFile.TryParse(token.Value, out _))
            {
                result.AddError($"'{token.Value}' should be git:REVISION:PATH, such as git:main:proxy.yaml");
            }
        }
    }
}
