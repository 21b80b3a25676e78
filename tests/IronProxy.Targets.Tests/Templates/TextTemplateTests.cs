using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Tests.Templates;

public class TextTemplateTests
{
    private const string Greeting = "Templates/greeting.txt.scriban";

    private static Dictionary<string, object?> Values => new()
    {
        ["name"] = "<b> & \"c\"",
        ["polite"] = true,
        ["command"] = "it's $HOME",
        ["hosts"] = (Dictionary<string, object?>[])[new() { ["name"] = "a.example", ["port"] = 443 }, new() { ["name"] = "*.b.example", ["port"] = 80 }],
        ["names"] = (string[])["a", "b c"],
        ["script"] = "exit",
    };

    [Fact]
    public void Gaps_are_filled_as_they_are_and_words_for_a_shell_are_quoted() => Assert.Equal(
        "Hello <b> & \"c\", please run 'it'\\''s $HOME'.\n- a.example at 443\n- *.b.example at 80\nfor x in a 'b c'; do :; done   # a, b c\n  exit",
        Render(Values));

    [Fact]
    public void A_gap_behind_spaces_takes_its_lines_as_they_are() =>
        Assert.EndsWith("\n  first\nsecond\n  third", Render(new(Values) { ["script"] = "first\nsecond\n  third" }), StringComparison.Ordinal);

    [Theory]
    [InlineData("name", null, "1,9", "`name` was not found")]
    [InlineData("name", true, "1,", "A gap takes text or a number, and this is true or false.")]
    [InlineData("name", new[] { "a" }, "1,", "A gap takes text or a number, and this is a list or an object.")]
    [InlineData("polite", "", "1,21", "A condition is true or false, and this is text.")]
    [InlineData("polite", 0, "1,21", "A condition is true or false, and this is a number.")]
    [InlineData("command", true, "1,", "")]
    [InlineData("hosts", new[] { "a" }, "3,", "name")]
    [InlineData("names", null, "5,", "`names` was not found")]
    public void What_is_missing_or_of_another_kind_is_a_fault_with_file_and_line(string name, object? value, string place, string message)
    {
        var fault = Assert.ThrowsAny<Exception>(() => Render(new(Values) { [name] = value }));
        Assert.StartsWith($"IronProxy.Targets.Tests/{Greeting}({place}", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_a_template_is_a_fault_with_file_and_line() =>
        Assert.StartsWith("IronProxy.Targets.Tests/Templates/unfinished.txt.scriban(2,", Assert.Throws<InvalidOperationException>(() => Load("Templates/unfinished.txt.scriban")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_template_that_was_not_built_in_is_a_fault() =>
        Assert.Throws<InvalidOperationException>(() => Load("Templates/other.scriban"));

    [Fact]
    public void What_templates_cannot_take_is_a_fault() =>
        Assert.Contains("Templates take no DateTime.", Assert.Throws<ArgumentException>(() => Render(new(Values) { ["name"] = DateTime.UnixEpoch })).Message, StringComparison.Ordinal);

    [Fact]
    public void Lists_and_texts_have_no_end()
    {
        var many = Enumerable.Range(1, 5_000).Select(i => new Dictionary<string, object?> { ["name"] = new string('x', 300), ["port"] = i }).ToArray();
        var text = Render(new(Values) { ["hosts"] = many });

        Assert.Equal(1 + 5_000 + 1, text.Count(c => c == '\n'));
        Assert.Contains("x at 5000\nfor x in ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain-1.2/x_y:z=@,", "plain-1.2/x_y:z=@,")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("$(id)", "'$(id)'")]
    [InlineData("a'b", "'a'\\''b'")]
    [InlineData("*", "'*'")]
    [InlineData("a\nb", "'a\nb'")]
    public void A_word_for_a_shell_is_one_word(string text, string quoted) => Assert.Equal(quoted, ShellText.Quote(text));

    private static string Render(Dictionary<string, object?> values) => Load(Greeting).Render(values);

    private static TextTemplate Load(string name) => TextTemplate.Load(typeof(TextTemplateTests).Assembly, name);
}
