using System.IO.Pipes;
using IronProxy.Cli.Terminal;
using IronProxy.Diagnostics;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Tests;

public sealed class ConsoleTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose() => _error.Dispose();

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

    [Fact]
    public async Task A_command_whose_output_nobody_reads_ends_without_a_word()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using var writer = new AnonymousPipeClientStream(PipeDirection.Out, reader.GetClientHandleAsString());
        using var results = new ResultStream(new DescriptorStream((int)writer.SafePipeHandle.DangerousGetHandle()));
        results.Write("heard"u8);
        Assert.True(results.IsRead);
        reader.Dispose();

        Assert.Equal((141, false, ""), (await RunAsync(results), results.IsRead, _error.ToString()));
    }

    [Fact]
    public async Task Output_that_cannot_be_written_is_said()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        using var results = new ResultStream(new DescriptorStream((int)full.DangerousGetHandle()));

        Assert.Equal((1, "ironc: standard output cannot be written: No space left on device\n"), (await RunAsync(results), _error.ToString()));
    }

    private async Task<int> RunAsync(ResultStream results)
    {
        await using var output = new StreamWriter(results, leaveOpen: true) { AutoFlush = true };
        return await IroncApp.RunAsync(["version"], new CliConsole { Out = output, Error = _error, OpenInput = () => Stream.Null });
    }
}
