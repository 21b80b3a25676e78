using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Pipeline.Explaining;

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
        var body = new Option<string>("--body")
        {
            Description = "A file with the body that the workload sends; - is standard input. Without it the body is not known",
            HelpName = "FILE",
        };
        var tool = new Option<string>("--tool") { Description = "In place of a body: the MCP tool that is called", HelpName = "NAME" };
        var args = new Option<string>("--args") { Description = "The arguments of the tool, a JSON object", HelpName = "JSON" };
        var client = new Option<string>("--client") { Description = "The client of proxy.clients that asks. Without it nobody knows who does", HelpName = "NAME" };
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        request.Validators.Add(result =>
        {
            if (!RequestArgument.TryParse(result.GetValueOrDefault<string>(), out var asked))
            {
                result.AddError("--request takes a method and a URL, such as \"GET https://api.github.com/user\", or \"CONNECT api.github.com:443\"");
            }
            else if (RequestText.LacksScheme(asked.Method, asked.Target))
            {
                result.AddError($"the URL has no scheme: write \"{asked.Method} {RequestText.WithScheme(asked.Target)}\"");
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
            file, request, headers, body, tool, args, client, format, json,
        };
        args.Validators.Add(result =>
        {
            if (!AskedBody.IsObject(result.GetValueOrDefault<string>() ?? ""))
            {
                result.AddError("--args takes a JSON object, such as '{\"owner\": \"ironsh\"}'");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(args) is not null && result.GetResult(tool) is null)
            {
                result.AddError("--args are those of a tool: name it with --tool");
            }

            if (result.GetResult(body) is not null && result.GetResult(tool) is not null)
            {
                result.AddError("--tool stands for a body: leave --body out");
            }

            if (result.GetValue(body) == "-" && result.GetValue(file) == "-")
            {
                result.AddError("standard input cannot be both FILE and the body");
            }
        });
        command.WithExamples(
            "ironc explain proxy.yaml --request \"GET https://api.github.com/user\"",
            "ironc explain proxy.yaml --request \"POST https://api.openai.com/v1/chat\" -H \"Authorization: Bearer proxy-token\"",
            "ironc explain proxy.yaml --request \"POST https://mcp.github.com/mcp\" --tool search_repositories",
            "ironc explain proxy.yaml --request \"POST https://api.example.com/\" --body request.json",
            "ironc explain proxy.yaml --request \"GET https://api.github.com/user\" --client ci",
            "ironc explain proxy.plan.json --request \"CONNECT pypi.org:443\" --json");
        command.SetAction(arguments => new ExplainHandler(console).Run(
            arguments.GetRequiredValue(file),
            RequestArgument.Parse(arguments.GetRequiredValue(request)) with { Client = arguments.GetValue(client) },
            [.. (arguments.GetValue(headers) ?? []).Select(RequestArgument.ParseHeader)],
            () => Body(arguments.GetValue(body), arguments.GetValue(tool), arguments.GetValue(args), console),
            FormatOption.WantsJson(arguments, format, json)));
        return command;
    }

    private static AskedBody? Body(string? path, string? tool, string? args, CliConsole console) =>
        tool is not null ? AskedBody.OfToolCall(tool, args)
        : path is not null ? new AskedBody(InputFile.ReadBytes(path, console))
        : null;
}
