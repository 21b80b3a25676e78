using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Tour;

public class ConsolePageTests
{
    private const string Page = "# Page\n\n`a.yaml`:\n\n```yaml\nkey: 1\n```\n\n```yaml\nno file\n```\n\n```console\n$ one\nold\n$ two\n```\n\nEnd\n";

    [Fact]
    public void Files_and_commands_come_in_the_order_of_the_page_and_outputs_are_put_in()
    {
        var seen = new List<string>();

        var page = new ConsolePage(Page).Replay((name, content) => seen.Add($"{name}={content}"), command =>
        {
            seen.Add(command);
            return command == "one" ? "new\n\nlines\n" : "";
        });

        Assert.Equal(["a.yaml=key: 1\n", "one", "two"], seen);
        Assert.Equal(Page.Replace("old\n", "new\n\nlines\n", StringComparison.Ordinal), page);
        Assert.Equal("key: 1\n", new ConsolePage(Page).File("a.yaml"));
    }

    [Fact]
    public void A_block_without_an_end_is_a_mistake() =>
        Assert.Throws<FormatException>(() => new ConsolePage("```console\n$ one\n").Replay((_, _) => { }, _ => ""));
}
