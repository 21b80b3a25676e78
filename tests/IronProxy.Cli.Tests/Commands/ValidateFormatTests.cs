using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IronProxy.Cli.Tests.Sarif;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class ValidateFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _good;
    private readonly string _bad;
    private readonly string _doubtful;
    private readonly string _missing;

    public ValidateFormatTests()
    {
        _good = _folder.Write("good.yaml", Policies.Good);
        _bad = _folder.Write("bad: 100%, really.yaml", Policies.FiveMistakes);
        _doubtful = _folder.Write("doubtful.yaml", "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config: {domains: [a.example], warn: off}\n");
        _missing = _folder.File("missing.yaml");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sarif_of_every_corpus_case_is_what_the_official_schema_asks_for()
    {
        string[] files = [.. Directory.GetFiles(RepositoryRoot.Combine("tests", "corpus"), "proxy.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.True(files.Length > 50);

        var run = await CliRun.Of(["validate", "--format", "sarif", .. files, _missing, "-"], Policies.FiveMistakes);

        Assert.Equal(1, run.Exit);
        Assert.Empty(await SarifSchema.Check(run.Out));
    }

    [Fact]
    public async Task The_check_against_the_official_schema_can_fail()
    {
        var run = await CliRun.Of("validate", "--format", "sarif", _bad);
        var log = JsonNode.Parse(run.Out)!; // It is an object.
        log["runs"]![0]!["results"]![0]!["level"] = "grave";

        Assert.NotEmpty(await SarifSchema.Check(log.ToJsonString()));
    }

    [Fact]
    public async Task Sarif_names_rules_places_and_what_could_not_be_read()
    {
        var run = await CliRun.Of("validate", "--format", "sarif", _good, _bad, _missing);

        Assert.Equal(1, run.Exit);
        using var log = JsonDocument.Parse(run.Out);
        var sarif = log.RootElement.GetProperty("runs")[0];
        var rules = sarif.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().ToList();
        var results = sarif.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(5, results.Count);
        Assert.All(results, r => Assert.Equal(r.GetProperty("ruleId").GetString(), rules[r.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        Assert.All(rules, r =>
        {
            var page = $"docs/diagnostics/{r.GetProperty("id").GetString()}.md";
            Assert.Contains(page, r.GetProperty("help").GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.True(File.Exists(RepositoryRoot.Combine(page)));
        });
        var place = results[1].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(new Uri(_bad).AbsoluteUri, place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal("""{"startLine":4,"startColumn":3,"endLine":4,"endColumn":15}""", WithoutOffsets(place.GetProperty("region")));
        Assert.False(sarif.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
    }

    [Fact]
    public async Task A_path_below_the_current_folder_stays_relative_to_the_root_of_the_source()
    {
        var run = await CliRun.Of("validate", "--format", "sarif", "no such folder/a%b.yaml");

        Assert.Contains("\"uri\": \"no%20such%20folder/a%25b.yaml\"", run.Out, StringComparison.Ordinal);
        Assert.Contains("\"uriBaseId\": \"%SRCROOT%\"", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sarif")]
    [InlineData("github")]
    [InlineData("junit")]
    [InlineData("json")]
    public async Task The_same_files_give_the_same_text(string format)
    {
        var one = await CliRun.Of("validate", "--format", format, _good, _bad, _doubtful, _missing);
        var other = await CliRun.Of("validate", "--format", format, _good, _bad, _doubtful, _missing);

        Assert.Equal(one, other);
        Assert.EndsWith("\n", one.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workflow_commands_are_one_line_each_and_escape_what_separates()
    {
        var run = await CliRun.Of("validate", "--format", "github", _good, _bad, _doubtful, _missing);

        var lines = run.Out.TrimEnd('\n').Split('\n');
        var path = _folder.File("bad%3A 100%25%2C really.yaml");
        Assert.Equal(7, lines.Length);
        Assert.Equal($"::error file={path},line=4,col=3,endColumn=15,title=IRON1001::there is no key \"tunel_listen\" here%0Ahint: did you mean tunnel_listen?", lines[1]);
        Assert.StartsWith($"::warning file={_doubtful},line=4,col=42,endColumn=45,title=IRON1007::", lines[5], StringComparison.Ordinal);
        Assert.StartsWith($"::error file={_missing}::cannot read {_missing}: ", lines[6], StringComparison.Ordinal);
    }

    [Fact]
    public async Task JUnit_has_a_suite_a_file_and_a_case_a_finding()
    {
        var run = await CliRun.Of("validate", "--format", "junit", _good, _bad, _doubtful, _missing);

        var root = XDocument.Parse(run.Out).Root!; // A document has one.
        var suites = root.Elements("testsuite").ToList();
        Assert.Equal([_good, _bad, _doubtful, _missing], suites.Select(s => (string?)s.Attribute("name")));
        Assert.Equal(("9", "5", "1"), ((string?)root.Attribute("tests"), (string?)root.Attribute("failures"), (string?)root.Attribute("errors")));
        Assert.Equal("is valid", (string?)Assert.Single(suites[0].Elements()).Attribute("name"));
        Assert.Equal(5, suites[1].Descendants("failure").Count());
        Assert.Contains("did you mean tunnel_listen?", suites[1].Value, StringComparison.Ordinal);
        Assert.Contains("IRON1007", Assert.Single(suites[2].Descendants("system-out")).Value, StringComparison.Ordinal);
        Assert.Single(suites[3].Descendants("error"));
    }

    [Fact]
    public async Task With_strict_a_warning_is_a_failure_in_JUnit_as_well()
    {
        var run = await CliRun.Of("validate", "--strict", "--format", "junit", _doubtful);

        Assert.Equal(1, run.Exit);
        Assert.Single(XDocument.Parse(run.Out).Descendants("failure"));
    }

    [Fact]
    public async Task Text_from_the_file_that_XML_cannot_hold_is_replaced()
    {
        var run = await CliRun.Of(["validate", "--format", "junit", "-"], "log: {level: \"\ud83d\ude00 \\u0001 <]]>\"} # \ufffe\n");

        Assert.Contains("\ud83d\ude00", XDocument.Parse(run.Out).Root!.Value, StringComparison.Ordinal); // A document has one.
    }

    private static string WithoutOffsets(JsonElement region)
    {
        var copy = JsonNode.Parse(region.GetRawText())!.AsObject(); // It is an object.
        copy.Remove("charOffset");
        copy.Remove("charLength");
        return copy.ToJsonString();
    }
}
