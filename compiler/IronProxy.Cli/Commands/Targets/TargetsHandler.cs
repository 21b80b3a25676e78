using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.Cli.Commands.Deploy;
using IronProxy.Cli.Terminal;
using IronProxy.Targets;
using IronProxy.Targets.Options;

namespace IronProxy.Cli.Commands.Targets;

/// <summary>Describes the targets.</summary>
internal sealed class TargetsHandler(CliConsole console)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Paint _paint = new(console.OutHasColor);

    public int Run(string? name, bool json)
    {
        IReadOnlyList<IDeploymentTarget> targets = name is null ? DeploymentTargets.All : [DeploymentTargets.Get(name)];
        if (json)
        {
            console.Out.WriteLine(new JsonArray([.. targets.Select(Json)]).ToJsonString(Indented));
            return ExitCode.Ok;
        }

        foreach (var target in targets)
        {
            Print(target);
            if (name is not null)
            {
                PrintOptions(target);
            }
        }

        return ExitCode.Ok;
    }

    private void Print(IDeploymentTarget target)
    {
        console.Out.WriteLine($"{_paint.Bold(target.Name)}: {target.Traits.Summary}");
        console.Out.WriteLine($"  pattern     {target.Traits.PatternText}");
        console.Out.WriteLine($"  privileges  {target.Traits.Privileges}");
        console.Out.WriteLine($"  resistance  {target.Traits.Resistance}");
    }

    private void PrintOptions(IDeploymentTarget target)
    {
        console.Out.WriteLine("  options     (--set NAME=VALUE)");
        var width = target.Options.Max(o => o.Name.Length);
        foreach (var option in target.Options)
        {
            var value = option.Default is null ? "must be set" : option.Default.Length == 0 ? "empty" : option.Default;
            console.Out.WriteLine($"    {option.Name.PadRight(width)}  {option.Description} [{value}]{Bounds(option)}");
        }
    }

    private static string Bounds(TargetOption option) => option.Kind switch
    {
        OptionKind.Choice => $" ({string.Join(", ", option.Choices)})",
        OptionKind.Number => string.Create(CultureInfo.InvariantCulture, $" ({option.Minimum} to {option.Maximum})"),
        _ => "",
    };

    private static JsonObject Json(IDeploymentTarget target) => new()
    {
        ["name"] = target.Name,
        ["summary"] = target.Traits.Summary,
        ["pattern"] = target.Traits.PatternText,
        ["privileges"] = target.Traits.Privileges,
        ["resistance"] = target.Traits.Resistance,
        ["options"] = new JsonArray([.. target.Options.Select(o => new JsonObject
        {
            ["name"] = o.Name,
            ["kind"] = o.Kind.ToString().ToLowerInvariant(),
            ["default"] = o.Default,
            ["choices"] = o.Choices.IsEmpty ? null : new JsonArray([.. o.Choices.Select(c => (JsonNode)c)]),
            ["description"] = o.Description,
        })]),
    };
}
