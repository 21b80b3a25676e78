using IronProxy.Compiler.Analysis;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Tests.Analysis.Spaces;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Analysis;

/// <summary>Each warning has a code, a file, a page and a case, and none fires on a sample.</summary>
public class PolicyWarningsTests
{
    public static TheoryData<string> Codes => [.. PolicyWarnings.All.Select(w => w.Code)];

    public static TheoryData<string> Samples =>
    [
        .. Directory.GetFiles(RepositoryRoot.Combine("samples"), "proxy.yaml", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f))
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Every_class_of_a_warning_is_in_the_list_with_a_code_of_its_own()
    {
        var classes = typeof(PolicyWarning).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PolicyWarning)));
        Assert.Equal(classes.Select(t => t.Name).Order(), PolicyWarnings.All.Select(w => w.GetType().Name).Order());
        Assert.Equal(PolicyWarnings.All.Length, PolicyWarnings.All.Select(w => w.Code).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_warning_has_a_file_and_a_page_that_says_how_grave_it_is(string code)
    {
        var warning = PolicyWarnings.All.Single(w => w.Code == code);
        Assert.True(File.Exists(RepositoryRoot.Combine("compiler", "IronProxy.Compiler", "Analysis", "Warnings", $"{warning.GetType().Name}.cs")));
        Assert.Equal(warning.Severity, DiagnosticPage.Find(code)?.Severity);
        Assert.NotEqual(DiagnosticSeverity.Error, warning.Severity);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void The_page_of_a_warning_names_a_case_that_shows_it(string code)
    {
        var page = File.ReadAllText(RepositoryRoot.Combine("docs", "diagnostics", $"{code}.md"));
        var folder = page.Split("](../../").Skip(1).Select(link => link.Split(')')[0]).Single(link => link.StartsWith("tests/corpus/", StringComparison.Ordinal));
        Assert.Contains($" {code}: ", File.ReadAllText(RepositoryRoot.Combine(folder, "expected.txt")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_has_no_warnings(string path)
    {
        var environment = new CompilerEnvironment(_ => null, _ => "set", TimeProvider.System);
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", File.ReadAllText(RepositoryRoot.Combine(path))), environment, AnalysisSettings.Default);

        Assert.True(result.Diagnostics.IsEmpty, CorpusTests.Print(result.Diagnostics));
        Assert.NotNull(result.Plan);
    }

    [Fact]
    public void A_credential_that_is_said_to_go_nowhere_goes_nowhere_in_a_small_world()
    {
        var found = 0;
        SmallPolicies.CheckUntil(() => found > 10, 200, policy =>
        {
            var source = new SourceText("proxy.yaml", SmallPolicies.Complete(policy));
            var result = ProxyCompiler.Compile(source, settings: AnalysisSettings.Default);
            var plan = result.Plan!; // A policy that is made up has no errors.
            var judge = new WitnessJudge(plan);
            foreach (var finding in result.Diagnostics.Where(d => d.Code == "IRON2011"))
            {
                found++;
                var at = new SourcePosition(finding.Span.Line, finding.Span.Column);
                CredentialUse[] credentials = [.. plan.CredentialUses.Where(u => u.At == at)];
                Assert.NotEmpty(credentials);
                Assert.DoesNotContain(SmallPolicies.Requests, r => judge.Sends(credentials, r));
            }
        });
    }

    [Fact]
    public void Without_settings_nothing_is_searched_for()
    {
        const string Yaml = "tls: {ca_cert: a, ca_key: b}\ntransforms: [{name: allowlist, config: {domains: ['*.com'], warn: true}}]\n";

        Assert.Empty(Compile.Codes(Yaml));
        Assert.Equal(["IRON2004", "IRON2033"], ProxyCompiler.Compile(new SourceText("proxy.yaml", Yaml), settings: AnalysisSettings.Default).Diagnostics.Select(d => d.Code));
    }
}
