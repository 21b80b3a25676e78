using System.Reflection;
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
    public static CompilationResult Compile(SourceText source, CompilerEnvironment? environment = null)
    {
        var bag = new DiagnosticBag(source);
        var plan = Compile(bag, environment);
        return new CompilationResult(plan, bag.ToSorted());
    }

    private static ProxyPlan? Compile(DiagnosticBag bag, CompilerEnvironment? environment)
    {
        if (YamlReader.Read(bag) is not { } tree)
        {
            return null;
        }

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

        return bag.HasErrors ? null : FileLowering.Lower(file, bag.Source, structure);
    }
}
