using System.CommandLine;
using System.CommandLine.Invocation;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Version;

/// <summary><c>ironc --version</c>, which people try first.</summary>
internal sealed class VersionAction(CliConsole console) : SynchronousCommandLineAction
{
    /// <inheritdoc />
    public override bool ClearsParseErrors => true;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult) => new VersionHandler(console).Run();
}
