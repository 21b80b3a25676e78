using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Analysis.Settings;

/// <summary>Each folder of tests/corpus-settings is an ironc.yaml beside the diagnostics that it must give.</summary>
public class SettingsCorpusTests
{
    private static string Root => RepositoryRoot.Combine("tests", "corpus-settings");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_gives_the_diagnostics_beside_it(string name)
    {
        var folder = Path.Combine(Root, name);
        var result = SettingsReader.Read(new SourceText("ironc.yaml", File.ReadAllText(Path.Combine(folder, "ironc.yaml"))));

        Assert.Equal(result.Settings is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), result.Diagnostics.IsEmpty ? null : CorpusTests.Print(result.Diagnostics));
    }
}
