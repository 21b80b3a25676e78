using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.OnePassword;

/// <summary>Reads a field of an item of 1Password with its command, <c>op</c>, and a service account.</summary>
internal sealed class OnePasswordSecretSource(OnePasswordSourcePlan plan, HostAccess host) : ISecretSource
{
    private const string Command = "op";
    private const int MaxOutput = 1024 * 1024;

    /// <summary>What a program needs to find its files, its language and its CAs, and nothing that could hold a credential.</summary>
    private static readonly string[] PassedVariables =
        ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>Parts of what the command prints when it fails, and what they mean. Its own words may quote what it was given and what it got.</summary>
    private static readonly (string Part, string Meaning)[] Failures =
    [
        ("isn't a vault", "there is no such vault, or the service account may not read it"),
        ("isn't an item", "there is no such item"),
        ("does not have a field", "there is no such field"),
        ("isn't a field", "there is no such field"),
        ("Too Many Requests", "the service account has no requests left for now"),
        ("Unauthorized", "the service account's token is not accepted"),
        ("ServiceAccountAuthToken", "the service account's token is none"),
    ];

    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        var commands = host.Commands ?? throw Problem("this program runs no commands");
        var result = await RunAsync(commands, cancellation).ConfigureAwait(false)
            ?? throw Problem("the command 'op' of 1Password is in no folder of PATH; install it, or use the source 1password_connect");
        if (result.ExitCode != 0)
        {
            throw Problem($"{MeaningOf(result.Error) ?? "'op read' failed"} (exit status {result.ExitCode})");
        }

        return result.Output is { Length: > 0 } value ? value : throw Problem("the field is empty");
    }

    private async Task<CommandResult?> RunAsync(IHostCommands commands, CancellationToken cancellation)
    {
        var token = host.ReadVariable(plan.TokenEnv) is { Length: > 0 } value ? value : throw Problem($"the environment variable {plan.TokenEnv}, with the service account's token, is not set");
        var environment = new Dictionary<string, string>
        {
            ["OP_SERVICE_ACCOUNT_TOKEN"] = token,
            ["OP_CACHE"] = "false", // It would leave a program behind that keeps values.
        };
        foreach (var name in PassedVariables)
        {
            if (host.ReadVariable(name) is { } passed)
            {
                environment[name] = passed;
            }
        }

        try
        {
            return await commands.RunAsync(Command, ["read", "--no-newline", plan.SecretRef], environment, MaxOutput, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Problem(e.Message);
        }
    }

    private static string? MeaningOf(string error)
    {
        foreach (var (part, meaning) in Failures)
        {
            if (error.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return meaning;
            }
        }

        return null;
    }

    private StartupException Problem(string why) => new($"The secret {plan.SecretRef} of line {plan.At.Line} cannot be read from 1Password: {why}.");
}
