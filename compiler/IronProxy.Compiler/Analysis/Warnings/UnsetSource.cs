using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A variable or file that the policy reads is not there on this machine. That says nothing about the machine that runs the
/// plan, and no value is looked at further.
/// </summary>
internal sealed class UnsetSource : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2015";

    /// <inheritdoc />
    public override DiagnosticSeverity Severity => DiagnosticSeverity.Information;

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Environment is not { } environment)
        {
            return;
        }

        foreach (var variable in context.Plan.Variables.Where(v => string.IsNullOrEmpty(environment.ReadVariable(v.Name))))
        {
            // What no entry names, the section management does.
            context.Report(
                this,
                variable.At == default ? context.File.Management!.At : variable.At,
                $"the environment variable {variable.Name} is not set here",
                "iron-proxy does not start without it: set it where the proxy runs");
        }

        FileUse[] files =
        [
            .. context.Plan.Steps.SelectMany(s => s.Files),
            .. context.Plan.Upstream.Sources.Concat((context.Plan.Clients ?? []).SelectMany(c => c.Sources)).SelectMany(s => s.Files),
        ];
        foreach (var file in files.Distinct().Where(f => !IsThere(environment, f.Path)))
        {
            context.Report(this, file.At, $"the file {file.Path} is not here", "iron-proxy does not start without it: put it where the proxy runs");
        }
    }

    private static bool IsThere(CompilerEnvironment environment, string path)
    {
        try
        {
            return environment.ReadFile(path) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is there, and others may read it.
            return true;
        }
    }
}
