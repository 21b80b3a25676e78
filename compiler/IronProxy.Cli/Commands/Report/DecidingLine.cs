using IronProxy.Cli.Inputs;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Report;

/// <summary>A line of a policy, for people.</summary>
internal static class DecidingLine
{
    private const int MaxWidth = 80;

    /// <summary>Where it is: <c>proxy.yaml:22</c>.</summary>
    public static string Place(PlanSource source, SourcePosition at) => $"{(source.Yaml is null ? source.Plan.Source : source.Path)}:{at.Line}";

    /// <summary>Its text; empty when only a compiled plan is at hand.</summary>
    public static string Text(PlanSource source, SourcePosition at)
    {
        var line = source.Yaml?.Line(at.Line).Trim() ?? "";
        return line.Length > MaxWidth ? line[..MaxWidth] + "..." : line;
    }
}
