using IronProxy.Cli.Inputs;
using IronProxy.Compiler;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Tests.Inputs;

public class CompilationVerdictTests
{
    private static readonly SourceText Source = new("proxy.yaml", Policies.Good);
    private static readonly CompilationResult Good = ProxyCompiler.Compile(Source);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Warnings_count_with_strict_only(bool strict, bool passes) =>
        Assert.Equal(passes, With(DiagnosticSeverity.Warning).Passes(strict));

    [Fact]
    public void Information_never_counts() => Assert.True(With(DiagnosticSeverity.Information).Passes(strict: true));

    [Fact]
    public void Without_a_plan_nothing_passes() => Assert.False((Good with { Plan = null }).Passes(strict: false));

    private static CompilationResult With(DiagnosticSeverity severity) => Good with
    {
        Diagnostics = [new Diagnostic { Code = "IRON9999", Severity = severity, Message = "m", Source = Source, Span = Source.Span(0, 1) }],
    };
}
