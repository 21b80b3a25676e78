using IronProxy.Compiler.Formatting;
using IronProxy.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Formatting;

/// <summary>Each folder of tests/corpus-fmt is a proxy.yaml beside its canonical layout, or beside why it has none.</summary>
public class ProxyFormatterTests
{
    private static string Root => RepositoryRoot.Combine("tests", "corpus-fmt");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Policies =>
    [
        .. Directory.GetFiles(RepositoryRoot.Combine("tests"), "proxy.yaml", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(RepositoryRoot.Combine("samples"), "proxy.yaml", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_gets_the_layout_beside_it(string name)
    {
        var folder = Path.Combine(Root, name);

        var result = Format(File.ReadAllText(Path.Combine(folder, "proxy.yaml")));

        ApprovedFile.Verify(Path.Combine(folder, "formatted.yaml"), result.Text);
        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), result.Diagnostics.IsEmpty ? null : CorpusTests.Print(result.Diagnostics));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Formatting_keeps_the_policy_and_formatting_twice_changes_nothing(string path)
    {
        var text = File.ReadAllText(RepositoryRoot.Combine(path));
        var plan = Compile.File(text).Plan;

        var result = Format(text);

        if (result.Text is null)
        {
            Assert.True(plan is null || result.Diagnostics.All(d => d.Code == "IRON1401"), CorpusTests.Print(result.Diagnostics));
            return;
        }

        Assert.Equal(plan?.PolicyHash, Compile.File(result.Text).Plan?.PolicyHash);
        Assert.Equal(result.Text, Format(result.Text).Text);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Line_breaks_of_other_systems_and_a_byte_order_mark_make_no_difference(string name)
    {
        var text = File.ReadAllText(Path.Combine(Root, name, "proxy.yaml"));

        Assert.Equal(Format(text).Text, Format("\uFEFF" + text.ReplaceLineEndings("\r\n")).Text);
    }

    [Fact]
    public void The_samples_are_in_their_canonical_layout()
    {
        foreach (var file in Directory.GetFiles(RepositoryRoot.Combine("samples"), "proxy.yaml", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            Assert.Equal(text, Format(text).Text);
        }
    }

    internal static FormatResult Format(string text) => ProxyFormatter.Format(new SourceText("proxy.yaml", text));
}
