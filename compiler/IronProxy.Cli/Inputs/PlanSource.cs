using System.Text;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Diagnostics;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;

namespace IronProxy.Cli.Inputs;

/// <summary>A plan, and the proxy.yaml that it comes from when that was given.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Yaml">Its text. Null when the file is a compiled plan.</param>
internal sealed record PlanSource(ProxyPlan Plan, string Path, SourceText? Yaml)
{
    private RuleIndex? _index;

    /// <summary>The policy, which answers requests.</summary>
    /// <exception cref="CliException">The plan's tables do not fit together.</exception>
    public PlanPolicy ToPolicy() => UnlessUnfit(Path, () => new PlanPolicy(Plan));

    /// <summary>The entries of the proxy.yaml. Null when the file is a compiled plan.</summary>
    public RuleIndex? Index => Yaml is null ? null : _index ??= RuleIndex.Of(Yaml);

    /// <summary>The entry at a position. Null when the file is a compiled plan.</summary>
    public SourceEntry? EntryAt(SourcePosition at) => SourceEntries.Find(at, Index, Yaml);

    /// <summary>Opens a proxy.yaml or a plan. Null when the proxy.yaml has errors, which are printed.</summary>
    /// <param name="path">The file as the user named it.</param>
    /// <param name="console">Where errors are printed.</param>
    /// <param name="consequence">What errors prevent, for the line that sums them up.</param>
    /// <exception cref="CliException">The file cannot be read, or is a plan that cannot be used.</exception>
    public static PlanSource? TryOpen(string path, CliConsole console, string consequence = "there is nothing to explain") =>
        TryOpen(path, InputFile.Read(path, console), console, consequence);

    /// <summary>The same for a text that was read before.</summary>
    /// <param name="path">What the user calls it.</param>
    /// <param name="text">The text.</param>
    /// <param name="console">Where errors are printed.</param>
    /// <param name="consequence">What errors prevent, for the line that sums them up.</param>
    public static PlanSource? TryOpen(string path, string text, CliConsole console, string consequence)
    {
        if (LooksLikePlan(path, text))
        {
            return new PlanSource(UnlessUnfit(path, () => PlanSerializer.Read(Encoding.UTF8.GetBytes(text))), path, null);
        }

        var source = new SourceText(path, text);
        var result = ProxyCompiler.Compile(source);
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor).Print(result.Diagnostics);
        if (result.Plan is null)
        {
            console.Error.WriteLine($"{path}: {DiagnosticCounts.Of(result.Diagnostics)}, so {consequence}");
            return null;
        }

        return new PlanSource(result.Plan, path, source);
    }

    private static T UnlessUnfit<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PlanException e)
        {
            throw new CliException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Whether a text is a plan: JSON is YAML too, and a plan begins with its format version.</summary>
    public static bool IsPlan(string text)
    {
        var rest = text.AsSpan().TrimStart();
        return rest.StartsWith('{') && rest[1..].TrimStart().StartsWith("\"formatVersion\"", StringComparison.Ordinal);
    }

    // A name that ends in .json is a sign as well: what is in it may be a plan that was cut.
    private static bool LooksLikePlan(string path, string text) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || IsPlan(text);
}
