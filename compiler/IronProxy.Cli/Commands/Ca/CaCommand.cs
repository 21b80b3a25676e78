using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Ca;

/// <summary><c>ironc ca</c>: the family of commands about certificate authorities.</summary>
internal static class CaCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new Command("ca", "Makes the certificate authority that workloads trust.") { CaCreateCommand.Create(console) };
        command.WithExamples("ironc ca create", "ironc ca create --out-cert certs/ca.crt --out-key certs/ca.key");
        return command;
    }
}
