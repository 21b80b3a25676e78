using System.Text.Json;
using System.Xml.Linq;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class TestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestTests() => _folder.Write("proxy.yaml", Policies.Good);

    public static TheoryData<string> Mistakes =>
        [.. Directory.GetDirectories(RepositoryRoot.Combine("tests", "corpus-policy-tests")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_tests_of_the_quickstart_pass_and_touch_every_rule()
    {
        var run = await CliRun.Of("test", "--coverage", RepositoryRoot.Combine("samples", "quickstart", "policy.test.yaml"));

        Assert.True(run.Exit == 0, run.ToString());
        Assert.Contains("3 of 3 rules are touched\n", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("\n10 tests: 10 passed, 0 failed\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ai-agent")]
    [InlineData("aws")]
    [InlineData("gcp")]
    [InlineData("github")]
    [InlineData("azure")]
    [InlineData("ci")]
    [InlineData("mcp")]
    [InlineData("policy-engine")]
    [InlineData("llm-judge")]
    [InlineData("sandbox")]
    public async Task The_tests_of_a_sample_pass_and_touch_every_rule(string sample)
    {
        var run = await CliRun.Of("test", "--coverage", RepositoryRoot.Combine("samples", sample, "policy.test.yaml"));

        Assert.True(run.Exit == 0, run.ToString());
        Assert.Matches(@"(?m)^ *(\d+) of \1 rules are touched$", run.Out);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_in_a_file_of_tests_is_reported_at_its_place(string name)
    {
        var folder = RepositoryRoot.Combine("tests", "corpus-policy-tests", name);

        var run = await CliRun.Of("test", Path.Combine(folder, "policy.test.yaml"));

        Assert.Equal(1, run.Exit);
        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), run.Error.Replace(folder + "/", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_injected_swapped_and_stripped_is_compared_as_sets_without_letter_case()
    {
        var run = await Test(
            """
            - name: all of it
              request: "GET https://api.github.com/repos/x"
              headers: ["X-Debug: 1", "Accept: */*", "Cookie: a=b"]
              expect: allow
              rule: 11
              injects: [authorization]
              swaps: []
              strips: [cookie, X-Debug]
            - name: swapped
              request: "GET https://keys.example.com/"
              headers: ["X-Api-Key: placeholder-1"]
              expect: allow
              rule: transforms[0].config.domains[0]
              injects: []
              swaps: [EXAMPLE_KEY]
            """);

        Assert.True(run.Exit == 0, run.ToString());
    }

    [Theory]
    [InlineData("expect: deny", 7, "denied was expected, and it is allowed by transforms[0].config.rules[0] (")]
    [InlineData("expect: allow\n  rule: 9", 8, "9 was expected to decide, and transforms[0].config.rules[0] (")]
    [InlineData("expect: allow\n  rule: domains[0]", 8, "domains[0] was expected to decide, and transforms[0].config.rules[0] (")]
    [InlineData("expect: allow\n  rule: rules[7]", 8, "the policy has no entry rules[7]; transforms[0].config.rules[0] (")]
    [InlineData("expect: allow\n  injects: []", 8, "is injected: Authorization, which was not expected")]
    [InlineData("expect: allow\n  injects: [Authorization, X-Other]", 8, "is injected: not X-Other, which was expected")]
    [InlineData("expect: allow\n  swaps: [EXAMPLE_KEY]", 8, "is swapped: not EXAMPLE_KEY, which was expected")]
    [InlineData("expect: allow\n  strips: []", 8, "is stripped: X-Debug, which was not expected")]
    public async Task A_test_that_fails_says_what_is_otherwise_and_where_that_was_expected(string expectation, int line, string message)
    {
        var run = await Test($"- name: one\n  request: \"GET https://api.github.com/repos/x\"\n  headers: [\"X-Debug: 1\"]\n\n  {expectation}");

        Assert.Equal(1, run.Exit);
        Assert.Contains($"  FAIL  one  allow  GET https://api.github.com/repos/x\n        {_folder.File("policy.test.yaml")}:{line}:", run.Out, StringComparison.Ordinal);
        Assert.Contains(message, run.Out, StringComparison.Ordinal);
        Assert.EndsWith("1 test: 0 passed, 1 failed\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expect: allow", "allowed was expected, and it is denied by ")]
    [InlineData("expect: deny\n  reason: host_not_allowed", "host_not_allowed was expected, and the reason is request_not_allowed")]
    [InlineData("expect: deny\n  rule: rules[0]", "rules[0] was expected to decide, and transforms[0] (")]
    public async Task A_denial_is_compared_as_well(string expectation, string message)
    {
        var run = await Test($"- name: one\n  request: \"DELETE https://api.github.com/repos/x\"\n  {expectation}");

        Assert.Equal(1, run.Exit);
        Assert.Contains(message, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tunnel_is_tested_like_a_request()
    {
        var run = await Test(
            """
            - name: open
              request: CONNECT api.github.com:443
              expect: allow
            - name: shut
              request: CONNECT github.com:443
              expect: deny
              reason: host_not_allowed
            """);

        Assert.True(run.Exit == 0, run.ToString());
    }

    [Fact]
    public async Task Coverage_lists_the_rules_that_no_test_touches()
    {
        var run = await Test(["--coverage"], "- name: one\n  request: GET https://api.github.com/repos/x\n  expect: allow\n");

        Assert.Equal(0, run.Exit);
        Assert.Contains("  3 of 5 rules are touched; no test touches\n", run.Out, StringComparison.Ordinal);
        Assert.Contains($"    {_folder.File("proxy.yaml")}:9:17 transforms[0].config.domains[0]  domains: [\"*.example.com\"]\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("rules[0]  - host: \"api.github.com\"", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_may_be_a_compiled_plan()
    {
        await CliRun.Of("compile", _folder.File("proxy.yaml"), "-o", _folder.File("proxy.plan.json"));
        var path = _folder.Write("plan.test.yaml", "policy: proxy.plan.json\ntests:\n  - {name: a, request: GET https://api.github.com/repos/x, expect: allow, rule: 11}\n");

        var run = await CliRun.Of("test", path);

        Assert.True(run.Exit == 0, run.ToString());
    }

    [Fact]
    public async Task Errors_of_the_policy_are_printed_and_no_test_is_run()
    {
        _folder.Write("proxy.yaml", Policies.FiveMistakes);

        var run = await Test("- {name: a, request: GET https://a.example/, expect: deny}");

        Assert.Equal(1, run.Exit);
        Assert.Contains("5 errors, so no test was run", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("0 tests: 0 passed, 0 failed; 1 file could not be run\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_an_object_a_file_and_JUnit_a_suite_a_file()
    {
        const string Tests = "- {name: good, request: GET https://api.github.com/repos/x, expect: allow}\n- {name: bad, request: GET https://a.test/?canary, expect: allow}";

        var json = await Test(["--json"], Tests);
        var junit = await Test(["--format", "junit"], Tests);

        Assert.Equal(1, json.Exit);
        Assert.DoesNotContain("canary", json.Out + junit.Out, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Out);
        var tests = Assert.Single(document.RootElement.EnumerateArray()).GetProperty("tests");
        Assert.Equal([true, false], tests.EnumerateArray().Select(t => t.GetProperty("passed").GetBoolean()));
        Assert.Equal("host_not_allowed", tests[1].GetProperty("reason").GetString());
        var suite = Assert.Single(XDocument.Parse(junit.Out).Root!.Elements()); // A document has one.
        Assert.Equal(["good", "bad"], suite.Elements().Select(c => (string?)c.Attribute("name")));
        Assert.Single(suite.Descendants("failure"));
    }

    private Task<CliRun> Test(string tests) => Test([], tests);

    private Task<CliRun> Test(string[] options, string tests)
    {
        var path = _folder.Write("policy.test.yaml", $"policy: proxy.yaml\ntests:\n{string.Join('\n', tests.Split('\n').Select(l => "  " + l))}\n");
        return CliRun.Of(["test", path, .. options]);
    }
}
