using System.CommandLine;

namespace IronProxy.Cli.Inputs;

/// <summary>Arguments that name a policy: a file, or <c>git:REVISION:PATH</c>.</summary>
internal static class PlanArgument
{
    public static Argument<string> Create(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
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
        });
        return argument;
    }
}
