using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests;

/// <summary>Each folder of tests/corpus is a proxy.yaml beside the diagnostics and the plan that it must give.</summary>
public class CorpusTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Root => RepositoryRoot.Combine("tests", "corpus");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_gives_the_diagnostics_and_the_plan_beside_it(string name)
    {
        var folder = Path.Combine(Root, name);
        var source = new SourceText("proxy.yaml", File.ReadAllText(Path.Combine(folder, "proxy.yaml")));
        var result = ProxyCompiler.Compile(source, EnvironmentOf(folder), SettingsOf(folder));

        Assert.Equal(result.Plan is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), result.Diagnostics.IsEmpty ? null : Print(result.Diagnostics));
        ApprovedFile.Verify(Path.Combine(folder, "plan.json"), result.Plan is null ? null : Print(result.Plan));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compiling_twice_gives_the_same_bytes_whatever_the_folder(string name)
    {
        var content = File.ReadAllText(Path.Combine(Root, name, "proxy.yaml"));
        var one = ProxyCompiler.Compile(new SourceText("proxy.yaml", content));
        var other = ProxyCompiler.Compile(new SourceText("/some/other/folder/proxy.yaml", content));

        Assert.Equal(one.Plan is null ? null : PlanSerializer.Write(one.Plan), other.Plan is null ? null : PlanSerializer.Write(other.Plan));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_plan_can_be_read_back_and_run(string name)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", File.ReadAllText(Path.Combine(Root, name, "proxy.yaml"))));
        if (result.Plan is { } plan)
        {
            var read = PlanSerializer.Read(PlanSerializer.Write(plan));
            Assert.Equal(plan.FileHash, read.FileHash);
            Assert.True(new PlanPolicy(read).HasAllowlist);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_seen_of_the_machine_changes_no_plan(string name)
    {
        var folder = Path.Combine(Root, name);
        var source = new SourceText("proxy.yaml", File.ReadAllText(Path.Combine(folder, "proxy.yaml")));
        var here = ProxyCompiler.Compile(source, EnvironmentOf(folder)).Plan;
        var anywhere = ProxyCompiler.Compile(source).Plan;

        Assert.Equal(anywhere?.FileHash, here?.FileHash);
    }

    /// <summary>A case may have settings beside it.</summary>
    private static AnalysisSettings SettingsOf(string folder)
    {
        var path = Path.Combine(folder, SettingsReader.FileName);
        return File.Exists(path) ? SettingsReader.Read(new SourceText(SettingsReader.FileName, File.ReadAllText(path))).Settings! : AnalysisSettings.Default;
    }

    /// <summary>
    /// The files that a case may name are in its folder "files", and its day is always the same. Every variable is set, but for
    /// those whose name says otherwise.
    /// </summary>
    private static CompilerEnvironment EnvironmentOf(string folder) => new(
        path => Path.Combine(folder, "files", path.TrimStart('/')) is var file && Path.Exists(file) ? File.ReadAllText(file) : null,
        name => name.StartsWith("UNSET_", StringComparison.Ordinal) ? null : "canary-value",
        new FixedTime(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero)));

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    internal static string Print(IEnumerable<Diagnostic> diagnostics)
    {
        var writer = new StringWriter { NewLine = "\n" };
        new TextDiagnosticPrinter(writer, color: false).Print(diagnostics);
        return writer.ToString();
    }

    private static string Print(ProxyPlan plan)
    {
        var json = JsonNode.Parse(PlanSerializer.Write(plan))!.AsObject(); // A plan is an object.
        json["compiler"] = "";
        json["policyHash"] = "";
        json["fileHash"] = "";
        return json.ToJsonString(Indented) + "\n";
    }
}
