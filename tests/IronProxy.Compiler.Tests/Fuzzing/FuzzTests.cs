using System.Diagnostics;
using System.Globalization;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Compiler.Formatting;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Fuzzing;

/// <summary>
/// Whatever a file holds, the answer is a plan or diagnostics, soon. FUZZ_SEED and FUZZ_SECONDS choose another or a longer run;
/// a failure names the seed of its file.
/// </summary>
public class FuzzTests
{
    private const int DefaultSeconds = 15;
    private const int MaxFiles = 1_000_000;

    /// <summary>A thousand times what nearly every file takes; what takes longer is looked at more closely.</summary>
    private static readonly TimeSpan Suspicious = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_broken_policy_gives_a_plan_or_errors() =>
        Run(Originals("corpus", "proxy.yaml"), text =>
        {
            var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text), Machine, AnalysisSettings.Default);
            CorpusTests.Print(result.Diagnostics);
            Assert.Equal(result.Plan is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
            if (result.Plan is { } plan && ProxyFormatter.Format(new SourceText("proxy.yaml", text)).Text is { } formatted)
            {
                Assert.Equal(plan.PolicyHash, Compile.File(formatted).Plan?.PolicyHash);
            }
        });

    [Fact]
    public void A_broken_file_of_tests_gives_tests_or_errors() =>
        Run(Originals("corpus-policy-tests", "policy.test.yaml"), text =>
        {
            var result = PolicyTestReader.Read(new SourceText("policy.test.yaml", text));
            CorpusTests.Print(result.Diagnostics);
            Assert.Equal(result.File is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        });

    private static CompilerEnvironment Machine { get; } = new(_ => null, _ => null, TimeProvider.System);

    private static string[] Originals(string folder, string name) =>
        [.. Directory.EnumerateFiles(RepositoryRoot.Combine("tests", folder), name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    private static void Run(string[] originals, Action<string> use)
    {
        Assert.True(originals.Length > 5, "There is nothing to break.");
        var first = Setting("FUZZ_SEED", 1);
        var time = TimeSpan.FromSeconds(Setting("FUZZ_SECONDS", DefaultSeconds));
        var run = Stopwatch.StartNew();
        for (var seed = first; seed - first < MaxFiles && run.Elapsed < time; seed++)
        {
            var text = new BrokenFile(originals, seed).Write();
            try
            {
                Assert.True(IsCheap(text, originals, use), "it took longer than all originals together, ten times over");
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"The file of seed {seed} was not handled ({e.GetType().Name}: {e.Message}):\n{Excerpt(text)}", e);
            }
        }
    }

    /// <summary>A costly file is held against the files that it is made of, measured beside it.</summary>
    private static bool IsCheap(string text, string[] originals, Action<string> use)
    {
        var cost = ProcessorTime.Of(() => use(text));
        return cost < Suspicious || cost < 10 * ProcessorTime.Of(() => Array.ForEach(originals, use)) || ProcessorTime.Of(() => use(text)) < Suspicious;
    }

    private static string Excerpt(string text) => text.Length <= 1000 ? text : text[..1000] + $"\n... ({text.Length} characters)";

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
