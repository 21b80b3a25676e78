using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Tests.Templates;

public class TextTemplateTests
{
    private static TextTemplate Template => TextTemplate.Load(typeof(TextTemplateTests).Assembly, "greeting.txt.hbs");

    [Fact]
    public void Gaps_are_filled_as_they_are_and_words_for_a_shell_are_quoted() => Assert.Equal(
        "Hello <b> & \"c\", run 'it'\\''s $HOME'.\n- a.example\n- *.b.example\n",
        Template.Render(new { name = "<b> & \"c\"", command = "it's $HOME", hosts = (string[])["a.example", "*.b.example"] }));

    [Fact]
    public void A_gap_without_a_value_is_a_fault() =>
        Assert.Contains("name", Assert.ThrowsAny<Exception>(() => Template.Render(new { command = "a", hosts = Array.Empty<string>() })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_template_that_was_not_built_in_is_a_fault() =>
        Assert.Throws<InvalidOperationException>(() => TextTemplate.Load(typeof(TextTemplateTests).Assembly, "other.hbs"));

    [Theory]
    [InlineData("plain-1.2/x_y:z=@,", "plain-1.2/x_y:z=@,")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("$(id)", "'$(id)'")]
    [InlineData("a'b", "'a'\\''b'")]
    [InlineData("*", "'*'")]
    [InlineData("a\nb", "'a\nb'")]
    public void A_word_for_a_shell_is_one_word(string text, string quoted) => Assert.Equal(quoted, ShellText.Quote(text));
}
