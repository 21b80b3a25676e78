using System.CommandLine;
using IronProxy.Cli.Explaining;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Explain;

/// <summary><c>ironc explain</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create(CliConsole console)
    {
        var file = FileArgument.One("A proxy.yaml or a compiled plan; - is standard input");
        var request = new Option<string>("--request", "-r")
        {
            Description = "The request: a method and a URL, or CONNECT and host:port for a tunnel",
            HelpName = "\"METHOD URL\"",
            Required = true,
        };
        var headers = new Option<string[]>("--header", "-H")
        {
            Description = "A header that the workload sends; may be repeated",
            HelpName = "\"Name: value\"",
        };
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        request.Validators.Add(result =>
        {
            if (!AskedRequest.TryParse(result.GetValueOrDefault<string>(), out _))
            {
                result.AddError("--request takes a method and a URL, such as \"GET https://api.github.com/user\", or \"CONNECT api.github.com:443\"");
            }
        });
        headers.Validators.Add(result =>
        {
            foreach (var header in result.Tokens)
            {
                if (!AskedHeader.TryParse(header.Value, out _))
                {
                    // The text is not repeated: it may be a secret that lost its name.
                    result.AddError("--header takes \"Name: value\"");
                }
            }
        });

        var command = new Command("explain", "Says what iron-proxy would do with a request, and which line of proxy.yaml decides it.")
        {
            file, request, headers, format, json,
        };
        command.WithExamples(
            "ironc explain proxy.yaml --request \"GET https://api.github.com/user\"",
            "ironc explain proxy.yaml --request \"POST https://api.openai.com/v1/chat\" -H \"Authorization: Bearer proxy-token\"",
            "ironc explain proxy.plan.json --request \"CONNECT pypi.org:443\" --json");
        command.SetAction(arguments => new ExplainHandler(console).Run(
            arguments.GetRequiredValue(file),
            AskedRequest.Parse(arguments.GetRequiredValue(request)),
            [.. (arguments.GetValue(headers) ?? []).Select(AskedHeader.Parse)],
            FormatOption.WantsJson(arguments, format, json)));
        return command;
    }
}
