using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Tests.Analysis.Settings;

public class AnalysisSettingsTests
{
    private const string Warns = "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config:\n      domains: [a.test]\n      warn: true\n";

    [Theory]
    [InlineData("error", DiagnosticSeverity.Error)]
    [InlineData("warning", DiagnosticSeverity.Warning)]
    [InlineData("information", DiagnosticSeverity.Information)]
    public void A_level_is_the_severity_of_the_finding(string level, DiagnosticSeverity severity)
    {
        var result = Compiled(Warns, level);

        Assert.Equal(severity, Assert.Single(result.Diagnostics).Severity);
        Assert.Equal(severity == DiagnosticSeverity.Error, result.Plan is null);
    }

    [Fact]
    public void Off_removes_the_finding_and_a_comment_that_suppresses_it_is_still_used()
    {
        Assert.Empty(Compiled(Warns, "off").Diagnostics);
        Assert.Empty(Compiled(Warns.Replace("true", "true # ironc: ignore IRON2033 because it only observes", StringComparison.Ordinal), "off").Diagnostics);
        Assert.Empty(Compiled(Warns.Replace("true", "true # ironc: ignore IRON2033 because it only observes", StringComparison.Ordinal), "error").Diagnostics);
    }

    [Fact]
    public void An_error_stays_an_error_whatever_the_settings_say()
    {
        // Read from a file these settings are refused; this is about what would happen if they were not.
        var settings = new AnalysisSettings([KeyValuePair.Create("IRON1101", "off")]);

        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", Warns.Replace("a.test", "\"\"", StringComparison.Ordinal)), settings: settings);

        Assert.Null(result.Plan);
        Assert.Equal("IRON1101", Assert.Single(result.Diagnostics, d => d.Severity == DiagnosticSeverity.Error).Code);
    }

    private static CompilationResult Compiled(string yaml, string level)
    {
        var (settings, diagnostics) = SettingsReader.Read(new SourceText("ironc.yaml", $"levels: {{IRON2033: {level}}}\n"));
        Assert.Empty(diagnostics);
        return ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml), settings: settings);
    }
}
