using IronProxy.Cli.Terminal;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Tests;

public class ConsoleTests
{
    [Fact]
    public void Without_colour_text_is_plain() => Assert.Equal("text", new Paint(false).Bad("text"));

    [Fact]
    public void With_colour_text_is_wrapped_and_reset() => Assert.Equal("\e[1;31mtext\e[0m", new Paint(true).Bad("text"));

    [Fact]
    public void A_span_over_several_lines_ends_in_json_at_the_end_of_its_first_line()
    {
        var source = new SourceText("p", "ab: |\n  x\n  y\n");
        using var writer = new StringWriter();

        new JsonDiagnosticPrinter(writer).Print(
        [
            new Diagnostic { Code = "IRON9999", Severity = DiagnosticSeverity.Warning, Message = "m", Source = source, Span = source.Span(4, 9) },
        ]);

        Assert.Contains("\"endColumn\": 6", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"length\": 9", writer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hint", writer.ToString(), StringComparison.Ordinal);
    }
}
