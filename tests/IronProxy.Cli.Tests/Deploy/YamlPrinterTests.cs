using IronProxy.Targets.Documents;
using YamlDotNet.RepresentationModel;

namespace IronProxy.Cli.Tests.Deploy;

public sealed class YamlPrinterTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("no")]
    [InlineData("On")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("10")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("12:30")]
    [InlineData("2026-01-01")]
    [InlineData("a: b")]
    [InlineData("a:")]
    [InlineData("a #b")]
    [InlineData("- a")]
    [InlineData("*a")]
    [InlineData("[a")]
    [InlineData("a, b")]
    [InlineData("'a'")]
    [InlineData("a \"b\" \\ c")]
    [InlineData("line\nbreak\ttab\u0001")]
    [InlineData(" blanks ")]
    [InlineData("/path/to:it")]
    public void Text_is_read_back_as_the_same_text(string text)
    {
        var printed = YamlPrinter.Print(new YamlMap { { "value", text, "about it" }, { "list", new YamlList { text, new YamlMap { { text, text } } } } }, "heading");

        var stream = new YamlStream();
        stream.Load(new StringReader(printed));
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        var list = (YamlSequenceNode)root["list"];
        Assert.Equal([text, text], [((YamlScalarNode)root["value"]).Value!, ((YamlScalarNode)list[0]).Value!]);
        Assert.Equal(text, ((YamlScalarNode)((YamlMappingNode)list[1]).Children.Single().Value).Value);

        // What a reader could take for another type is quoted.
        Assert.Equal(text is "plain" or "/path/to:it", ((YamlScalarNode)root["value"]).Style == YamlDotNet.Core.ScalarStyle.Plain);
    }
}
