using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Schema;

namespace IronProxy.Cli.Commands.Schema;

/// <summary>Prints a schema that was built into ironc.</summary>
internal sealed class SchemaHandler(CliConsole console)
{
    public int Run(string what)
    {
        console.Out.Write(what switch
        {
            "test" => SchemaFile.PolicyTests,
            "settings" => SchemaFile.Settings,
            _ => SchemaFile.ProxyYaml,
        });
        return ExitCode.Ok;
    }
}
