using System.Runtime.InteropServices;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Version;

/// <summary>Prints the versions that matter in a report of a fault.</summary>
internal sealed class VersionHandler(CliConsole console)
{
    public int Run()
    {
        console.Out.WriteLine($"ironc {ProxyCompiler.Version}");
        console.Out.WriteLine($"plan format {ProxyPlan.CurrentFormatVersion}");
        console.Out.WriteLine($"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");
        return ExitCode.Ok;
    }
}
