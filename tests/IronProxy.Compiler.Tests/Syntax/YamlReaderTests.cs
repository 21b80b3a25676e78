using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Tests.Syntax;

/// <summary>What YAML files can hold beyond what the corpus shows.</summary>
public class YamlReaderTests
{
    private const string Rest = "tls: {ca_cert: a, ca_key: b}\ntransforms: [{name: allowlist, config: {domains: [a.example]}}]\n";

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_text() => Assert.Empty(Compile.File("\uFEFF" + Rest).Diagnostics);

    [Fact]
    public void Windows_line_breaks_keep_lines_and_columns()
    {
        var diagnostic = Assert.Single(Compile.File("log:\r\n  level: loud\r\n" + Rest).Diagnostics);
        Assert.Equal((2, 10), (diagnostic.Span.Line, diagnostic.Span.Column));
    }

    [Fact]
    public void A_document_start_and_a_comment_are_fine() => Assert.Empty(Compile.File("# policy\n---\n" + Rest + "...\n").Diagnostics);

    [Theory]
    [InlineData("")]
    [InlineData("---\n")]
    [InlineData("~\n")]
    public void A_file_without_a_value_is_empty(string text) => Assert.Equal(["IRON0003"], Compile.Codes(text));

    [Fact]
    public void A_file_above_the_limit_is_not_read() =>
        Assert.Equal(["IRON0013"], Compile.Codes(new string('#', (48 << 20) + 1)));

    [Fact]
    public void Of_very_many_findings_the_first_thousand_are_kept_and_the_others_counted()
    {
        var findings = Compile.File(string.Concat(Enumerable.Range(0, 5000).Select(i => $"key{i}: 1\n"))).Diagnostics;

        Assert.Equal(DiagnosticBag.MaxFindings + 1, findings.Length);
        Assert.Equal("here and elsewhere there are 4000 more findings than the 1000 that are shown", Assert.Single(findings, d => d.Code == "IRON0014").Message);
    }

    [Fact]
    public void A_file_of_very_many_values_is_not_read_to_its_end() =>
        Assert.Equal(["IRON0013"], Compile.Codes("a: [" + string.Concat(Enumerable.Repeat("b,", 1_500_001)) + "]\n"));

    [Fact]
    public void A_nul_does_not_end_the_file_unnoticed() => Assert.Equal(["IRON0012"], Compile.Codes(Rest + "\0log: {level: debug}\n"));

    [Fact]
    public void A_list_is_no_policy() => Assert.Equal(["IRON1003"], Compile.Codes("- a\n"));

    [Fact]
    public void An_anchor_cannot_hold_itself() => Assert.Contains("IRON0008", Compile.Codes("log: &a\n  level: *a\n" + Rest));

    [Fact]
    public void Explicit_keys_win_over_merged_ones_and_earlier_merges_over_later()
    {
        var bag = new DiagnosticBag(new SourceText("proxy.yaml", "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\n"));
        var root = Assert.IsType<YamlMapping>(YamlReader.Read(bag));
        Assert.True(root.TryGet("c", out var c));
        var merged = Assert.IsType<YamlMapping>(c.Value).Entries.Select(e => $"{e.Key.Value}={((YamlScalar)e.Value).Value}");
        Assert.Equal(["x=0", "y=1", "z=2"], merged);
    }

    [Fact]
    public void A_quoted_merge_key_is_an_ordinary_key()
    {
        var bag = new DiagnosticBag(new SourceText("proxy.yaml", "\"<<\": {x: 1}\n"));
        var root = Assert.IsType<YamlMapping>(YamlReader.Read(bag));
        Assert.Equal("<<", Assert.Single(root.Entries).Key.Value);
    }

    [Fact]
    public void A_core_tag_is_accepted_and_makes_text_of_a_number()
    {
        var bag = new DiagnosticBag(new SourceText("proxy.yaml", "a: !!str 12\n"));
        var root = Assert.IsType<YamlMapping>(YamlReader.Read(bag));
        Assert.NotEqual(YamlScalarStyle.Plain, Assert.IsType<YamlScalar>(root.Entries[0].Value).Style);
        Assert.False(bag.HasErrors);
    }

    [Theory]
    [InlineData("a: plain", 2, 3, 1, 6)]
    [InlineData("a: 'it''s'", 3, 1, 1, 9)]
    [InlineData("a: \"x\\u0041yz\"", 2, 1, 1, 12)]
    public void Places_inside_a_value_go_through_quotes_and_escapes(string yaml, int offset, int length, int line, int column)
    {
        var source = new SourceText("proxy.yaml", yaml);
        var root = Assert.IsType<YamlMapping>(YamlReader.Read(new DiagnosticBag(source)));
        var span = source.Slice((YamlScalar)root.Entries[0].Value, offset, length);
        Assert.Equal((line, column), (span.Line, span.Column));
    }

    [Fact]
    public void Every_prefix_of_a_file_ends_in_a_plan_or_an_error()
    {
        const string Text = "dns: {proxy_ip: 10.0.0.1}\n" + Rest + "log: &x\n  level: 'info'\nmetrics: {listen: \":1\\u0031\"}\n";
        for (var length = 0; length < Text.Length; length++)
        {
            var result = Compile.File(Text[..length]);
            Assert.Equal(result.Plan is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        }
    }
}
