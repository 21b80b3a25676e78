using IronProxy.Cli.Terminal;
using IronProxy.Plan;

namespace IronProxy.Cli.Inputs;

/// <summary>Opens the policies that <see cref="PlanArgument"/> names.</summary>
internal static class PolicyFile
{
    /// <summary>The plan. Null when the policy has errors, which are printed.</summary>
    /// <exception cref="CliException">The file cannot be read, or is a plan that cannot be used.</exception>
    public static ProxyPlan? TryOpen(string name, CliConsole console, string consequence) =>
        TryOpenSource(name, console, consequence)?.Plan;

    /// <summary>The plan with the text that it comes from. Null when the policy has errors, which are printed.</summary>
    /// <exception cref="CliException">The file cannot be read, or is a plan that cannot be used.</exception>
    public static PlanSource? TryOpenSource(string name, CliConsole console, string consequence)
    {
        console.LastInput = name;
        var text = GitFile.TryParse(name, out var file) ? file.Read() : InputFile.Read(name, console);
        return PlanSource.TryOpen(name, text, console, consequence);
    }
}
