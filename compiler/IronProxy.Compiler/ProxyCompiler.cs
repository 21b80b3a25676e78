using System.Reflection;
using IronProxy.Compiler.Analysis;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Compiler.Analysis.Suppressions;
using IronProxy.Compiler.Files;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler;

/// <summary>Compiles proxy.yaml: text becomes a tree, the tree config records, and the records a plan.</summary>
public static class ProxyCompiler
{
    /// <summary>Version of the compiler, which plans carry.</summary>
    public static string Version { get; } =
        typeof(ProxyCompiler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("The assembly was built without a version.");

    /// <summary>Compiles a file. Every mistake in it is reported; with an error there is no plan.</summary>
    /// <param name="source">The file.</param>
    /// <param name="environment">What may be seen of this machine, for further warnings. The plan does not depend on it.</param>
    /// <param name="settings">
    /// How grave findings are. With settings a policy without errors is also searched for probable mistakes: warnings IRON2xxx.
    /// </param>
    public static CompilationResult Compile(SourceText source, CompilerEnvironment? environment = null, AnalysisSettings? settings = null)
    {
        var bag = new DiagnosticBag(source);
        if (YamlReader.Read(bag) is not { } tree)
        {
            return new CompilationResult(null, bag.ToSorted());
        }

        var plan = Compile(tree, bag, environment, settings is not null);
        var findings = SuppressionFilter.Apply(source, tree, bag.ToSorted(), complain: settings is not null, complete: plan is not null);
        findings = settings?.Apply(findings) ?? findings;
        return new CompilationResult(findings.Any(f => f.Severity == DiagnosticSeverity.Error) ? null : plan, findings);
    }

    private static ProxyPlan? Compile(YamlNode tree, DiagnosticBag bag, CompilerEnvironment? environment, bool analyze)
    {
        var structure = new StructureValidator(bag);
        if (structure.Bind<ProxyFileConfig>(tree) is not { } file)
        {
            return null;
        }

        FileValidator.Validate(file, new ValidationContext(bag, structure));
        if (environment is not null)
        {
            new NamedFilesCheck(environment, bag).Check(file);
        }

        if (bag.HasErrors)
        {
            return null;
        }

        var plan = FileLowering.Lower(file, bag.Source, structure);
        var context = new AnalysisContext(file, plan, bag, environment);
        new PassedThroughCheck(context, bag).Check();
        new SignedThenChangedCheck(context, bag).Check();
        if (bag.HasErrors)
        {
            return null;
        }

        if (analyze)
        {
            PolicyAnalyzer.Analyze(file, plan, bag, environment);
        }

        return plan;
    }
}
