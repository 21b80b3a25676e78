using System.Text;
using IronProxy.Cli.AuditLogs;

namespace IronProxy.Cli.Tests.AuditLogs;

public class LogLinesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("a\n\nb\r\n")]
    [InlineData("\n")]
    [InlineData("\uFEFFa\nb")]
    public void Lines_are_the_same_however_the_bytes_come(string text)
    {
        string[] expected = [.. text.TrimStart('\uFEFF').Split('\n')];
        expected = expected[^1].Length == 0 ? expected[..^1] : expected;
        foreach (var piece in (int[])[1, 2, 1000])
        {
            Assert.Equal(expected, Read(new SlowStream(Encoding.UTF8.GetBytes(text), piece)).Select(l => l.Text));
        }
    }

    [Fact]
    public void A_line_that_is_longer_than_the_buffer_is_one_line()
    {
        var text = $"{new string('x', 1_000_000)}\nnext\n";

        Assert.Equal(text.TrimEnd('\n').Split('\n'), Read(new MemoryStream(Encoding.UTF8.GetBytes(text))).Select(l => l.Text));
    }

    [Fact]
    public void A_line_that_is_too_long_is_passed_over_and_the_next_one_is_read()
    {
        var bytes = new byte[LogLines.MaxBytes + 1000];
        Array.Fill(bytes, (byte)'x');

        var lines = Read(new MemoryStream([.. "first\n"u8, .. bytes, .. "\nlast"u8]));

        Assert.Equal([("first", false), ("", true), ("last", false)], lines);
    }

    private static List<(string Text, bool TooLong)> Read(Stream stream)
    {
        var lines = new LogLines(stream);
        var found = new List<(string Text, bool TooLong)>();
        while (lines.TryRead(out var line, out var tooLong))
        {
            found.Add((Encoding.UTF8.GetString(line), tooLong));
            Assert.Equal(found.Count, lines.Number);
        }

        return found;
    }

    /// <summary>Gives few bytes at a time, as pipes do.</summary>
    private sealed class SlowStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
