using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Watch;

/// <summary><c>ironc watch</c>.</summary>
internal static class WatchCommand
{
    public static Command Create(CliConsole console)
    {
        var url = new Option<string>("--url")
        {
            Description = "Where the management API listens",
            HelpName = "URL",
            DefaultValueFactory = _ => "http://127.0.0.1:9092",
        };
        url.Validators.Add(result =>
        {
            if (!ManagementAddress.TryParse(result.GetValueOrDefault<string>(), out _))
            {
                // The text is not repeated: a URL with a password in it would be.
                result.AddError("--url takes the URL of a management API, such as http://127.0.0.1:9092");
            }
        });
        var keyEnv = new Option<string>("--key-env")
        {
            Description = "Environment variable that holds the API's key",
            HelpName = "NAME",
            DefaultValueFactory = _ => "IRON_MANAGEMENT_API_KEY",
        };
        var denied = new Option<bool>("--denied") { Description = "Show requests that were denied, and no others" };
        var host = new Option<string>("--host")
        {
            Description = "Show requests to hosts that match, and no others; written as in proxy.yaml, such as api.example.com or *.example.com",
            HelpName = "PATTERN",
        };
        host.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } pattern || !RequestFilter.IsPattern(pattern))
            {
                result.AddError("--host takes a host pattern, such as api.example.com or *.example.com");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print audit records as they are, one JSON object a line" };
        var command = new Command("watch", "Shows requests of a running iron-proxy as they end, by its management API. Ctrl-C ends it.") { url, keyEnv, denied, host, json };
        command.WithExamples(
            "ironc watch",
            "ironc watch --denied --host \"*.example.com\"",
            "ironc watch --url http://10.0.0.2:9092 --key-env STAGING_KEY",
            "ironc watch --json > audit.jsonl");
        command.SetAction((arguments, cancellation) => new WatchHandler(console).RunAsync(
            ManagementAddress.Parse(arguments.GetRequiredValue(url)),
            arguments.GetRequiredValue(keyEnv),
            new RequestFilter(arguments.GetValue(denied), arguments.GetValue(host)),
            arguments.GetValue(json),
            cancellation));
        return command;
    }
}
