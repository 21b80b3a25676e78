using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IronProxy.Compiler.Schema;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Schema;

/// <summary>The reference page is what the checked-in schema says.</summary>
public partial class ReferencePageTests
{
    private static JsonObject Schema => JsonNode.Parse(SchemaFile.ProxyYaml)!.AsObject(); // A schema is an object.

    [Fact]
    public void The_reference_page_is_generated_from_the_schema() =>
        ApprovedFile.Verify(RepositoryRoot.Combine("docs", "reference", "configuration.md"), new ReferencePageGenerator(Schema).Generate());

    [Fact]
    public void Every_key_of_every_definition_has_its_line()
    {
        var page = new ReferencePageGenerator(Schema).Generate();

        var keys = Schema["definitions"]!.AsObject().SelectMany(d => d.Value!["properties"]?.AsObject().Select(p => p.Key) ?? []).ToArray(); // A schema has definitions.
        Assert.True(keys.Length > 50);
        Assert.Equal(keys.Order(StringComparer.Ordinal), Line().Matches(page).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Lists_say_what_is_in_them_and_no_section_is_empty()
    {
        var page = new ReferencePageGenerator(Schema).Generate();

        Assert.Contains("| `ports` | list of whole numbers, 1 to 65535 |", page, StringComparison.Ordinal);
        Assert.Contains("| `equals` | any value |", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^#.*\n\n\n", page);
    }

    [Fact]
    public void Links_within_the_page_lead_to_one_heading_each()
    {
        var page = new ReferencePageGenerator(Schema).Generate();

        var anchors = Heading().Matches(page).Select(m => ReferencePageGenerator.Anchor(m.Groups[1].Value)).ToArray();
        Assert.Equal(anchors.Distinct(), anchors);
        Assert.All(Link().Matches(page).Select(m => m.Groups[1].Value), link => Assert.Contains(link, anchors));
    }

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(#([^)]+)\)")]
    private static partial Regex Link();
}
