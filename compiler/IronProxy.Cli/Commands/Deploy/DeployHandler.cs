using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan.Serialization;
using IronProxy.Targets;
using IronProxy.Targets.Files;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Preflight;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>Generates a deployment, and hands it to the target's tool when asked.</summary>
internal sealed class DeployHandler(CliConsole console)
{
    public async Task<int> RunAsync(DeployArguments arguments, CancellationToken cancellation)
    {
        var target = DeploymentTargets.Get(arguments.Target);
        var folder = new DeploymentFolder(arguments.Output ?? target.Name, target.UserFiles);
        if (arguments.Action == DeployAction.Destroy)
        {
            return await new TargetTool(console).RunAsync(target.CommandsFor(folder.Options()).Destroy, folder.Path, cancellation);
        }

        if (Render(arguments, target) is not { } files)
        {
            return ExitCode.Findings;
        }

        if (arguments.Action == DeployAction.Check)
        {
            return Check(folder, files);
        }

        folder.Write(files, arguments.Force);
        console.Out.WriteLine($"{folder.Path}: {files.Count} files for {target.Name} ({Path.Combine(folder.Path, "README.md")} says how to go on)");
        return arguments.Action switch
        {
            DeployAction.Preview => await new TargetTool(console).RunAsync(target.CommandsFor(folder.Options()).Preview, folder.Path, cancellation),
            DeployAction.Apply => await new TargetTool(console).RunAsync(target.CommandsFor(folder.Options()).Apply, folder.Path, cancellation),
            _ => ExitCode.Ok,
        };
    }

    /// <summary>The files, with the manifest; null when something must be changed first, which is printed.</summary>
    private List<DeploymentFile>? Render(DeployArguments arguments, IDeploymentTarget target)
    {
        if (PolicyFile.TryOpenSource(arguments.Policy, console, "nothing was written") is not { } source)
        {
            return null;
        }

        var preflight = Preflight(source);
        preflight.CheckWrittenFiles(source.Plan, target);
        preflight.CheckClusterSecrets(source.Plan, target);
        var settings = OptionsFile.Read(arguments.OptionsFile, console).Where(o => !arguments.Set.Any(s => Split(s).Key == o.Key));
        var options = OptionValues.Read([.. settings, .. arguments.Set.Select(Split)], target, preflight);
        var files = options is null
            ? []
            : target.Render(new DeploymentRequest(source.Plan, PlanSerializer.Write(source.Plan), DeploymentModel.Of(source.Plan), options, preflight) { PolicyText = source.Yaml?.Content });
        var findings = preflight.ToSorted();
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor).Print(findings);
        if (options is null || preflight.HasErrors)
        {
            console.Error.WriteLine($"{arguments.Policy}: {DiagnosticCounts.Of(findings)}, so nothing was written");
            return null;
        }

        return [.. files.Append(DeploymentManifest.Create(target, source.Plan, options, files)).OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    private static PreflightReport Preflight(PlanSource source)
    {
        if (source.Yaml is not { } yaml)
        {
            return new PreflightReport(new SourceText(source.Path, ""), static _ => null);
        }

        var places = new Lazy<PolicyPlaces>(() => PolicyPlaces.Of(yaml));
        return new PreflightReport(yaml, key => places.Value.Find(key));
    }

    private int Check(DeploymentFolder folder, List<DeploymentFile> files)
    {
        var differences = folder.Compare(files);
        foreach (var difference in differences)
        {
            console.Out.WriteLine(difference);
        }

        console.Error.WriteLine(differences.Count == 0
            ? $"{folder.Path}: up to date ({files.Count} files)"
            : $"{folder.Path}: differs from what would be generated; run the command without --check");
        return differences.Count == 0 ? ExitCode.Ok : ExitCode.Findings;
    }

    private static KeyValuePair<string, string> Split(string set)
    {
        var equals = set.IndexOf('=', StringComparison.Ordinal);
        return KeyValuePair.Create(set[..equals], set[(equals + 1)..]);
    }
}
