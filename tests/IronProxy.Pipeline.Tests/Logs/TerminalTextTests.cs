using IronProxy.Pipeline.Logs;

namespace IronProxy.Pipeline.Tests.Logs;

public class TerminalTextTests
{
    [Theory]
    [InlineData("GET https://a.test/päth?x=✓\u3042", "GET https://a.test/päth?x=✓\u3042")]
    [InlineData("\e[2J\r\n\t\a", "\\u001b[2J\\u000d\\u000a\\u0009\\u0007")]
    [InlineData("\u009b31m\u007f", "\\u009b31m\\u007f")]
    [InlineData("a\u202eb\u2066c\ufeffd", "a\\u202eb\\u2066c\\ufeffd")]
    [InlineData("a\u2028b\u2029c", "a\\u2028b\\u2029c")]
    [InlineData("😀\U000e0041b", "😀\\udb40\\udc41b")]
    [InlineData("half\ud800", "half\ud800")]
    [InlineData("", "")]
    public void What_acts_on_a_terminal_is_escaped_and_all_else_stays(string text, string expected) => Assert.Equal(expected, TerminalText.Escape(text));

    [Theory]
    [InlineData(null, "xterm", true)]
    [InlineData("", "xterm", true)]
    [InlineData("1", "xterm", false)]
    [InlineData(null, "dumb", false)]
    [InlineData(null, "", false)]
    [InlineData(null, null, false)]
    public void NO_COLOR_and_simple_terminals_are_honoured(string? noColor, string? term, bool expected) =>
        Assert.Equal(expected, TerminalText.WantsColor(name => name == "NO_COLOR" ? noColor : name == "TERM" ? term : null));
}
