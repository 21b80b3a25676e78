using System.Text;
using System.Text.Json;

namespace IronProxy.Plan.Tests.Decisions;

public sealed class McpPolicyTests
{
    private readonly PlanPolicy _policy;
    private readonly McpServerPlan _server;

    public McpPolicyTests()
    {
        var plan = TestPlan.Create();
        _server = plan.Mcp!.Servers[0] with
        {
            Tools =
            [
                Tool("search", 1),
                Tool("create_issue", 2, In(3, "owner", "\"ironsh\"", "7"), Matches(4, "title", "^\\[bot\\]")),
                Tool("create_issue", 5, In(6, "owner", "\"other\"")),
                Tool("set", 8, In(9, "a.b", "1", "null", "[1, 2]", "true")),
                Tool("say", 10, Matches(11, "n", "^1[0-9]*$")),
            ],
        };
        _policy = new PlanPolicy(plan with { Mcp = plan.Mcp with { Servers = [_server] } });
    }

    [Theory]
    [InlineData("search", "{}", true)]
    [InlineData("search", """{"anything": [1]}""", true)]
    [InlineData("Search", "{}", false)]
    [InlineData("delete", "{}", false)]
    [InlineData("create_issue", """{"owner": "ironsh", "title": "[bot] x"}""", true)]
    [InlineData("create_issue", """{"owner": 7, "title": "[bot] x"}""", true)]
    [InlineData("create_issue", """{"owner": 7.0, "title": "[bot] x"}""", true)]
    [InlineData("create_issue", """{"owner": "7", "title": "[bot] x"}""", false)]
    [InlineData("create_issue", """{"owner": "ironsh", "title": "x [bot]"}""", false)]
    [InlineData("create_issue", """{"owner": "ironsh"}""", false)]
    [InlineData("create_issue", """{"owner": "other"}""", true)]
    [InlineData("create_issue", "{}", false)]
    [InlineData("set", """{"a": {"b": 1}}""", true)]
    [InlineData("set", """{"a": {"b": null}}""", true)]
    [InlineData("set", """{"a": {"b": [1, 2]}}""", true)]
    [InlineData("set", """{"a": {"b": [2, 1]}}""", false)]
    [InlineData("set", """{"a": {"b": true}}""", true)]
    [InlineData("set", """{"a": {"b": "true"}}""", false)]
    [InlineData("set", """{"a": [{"b": 1}]}""", false)]
    [InlineData("set", """{"a.b": 1}""", false)]
    [InlineData("set", """{"a": 1}""", false)]
    [InlineData("say", """{"n": 12}""", true)]
    [InlineData("say", """{"n": "12"}""", true)]
    [InlineData("say", """{"n": 21}""", false)]
    [InlineData("say", """{"n": [12]}""", false)]
    [InlineData("say", """{"n": null}""", false)]
    public void A_call_is_allowed_when_an_entry_of_its_name_holds(string tool, string arguments, bool allowed)
    {
        var decision = Decide($$"""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "{{tool}}", "arguments": {{arguments}} } }""");

        Assert.Equal(allowed, decision.Denial is null);
        Assert.Equal(allowed ? null : "tool_not_allowed", decision.Denial?.Code);
        Assert.Equal(allowed, Assert.Single(decision.Messages).Call!.Allowed);
    }

    [Fact]
    public void A_denial_names_what_does_not_hold_of_each_entry()
    {
        var call = Assert.Single(Decide(Call("create_issue", """{"owner": "third", "title": "[bot]"}""")).Messages).Call!;

        Assert.Equal(["2:1", "5:1"], call.Entries.Select(e => e.Tool.At.ToString()));
        Assert.Equal(["3:1", "6:1"], call.Entries.SelectMany(e => e.Failing).Select(m => m.At.ToString()));
        Assert.Empty(Assert.Single(Decide(Call("delete", "{}")).Messages).Call!.Entries);
    }

    [Theory]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "method": "notifications/initialized"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "x"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "result": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": null}}""")]
    [InlineData("""[{"method": "tools/list"}, {"method": "tools/call", "params": {"name": "search"}}]""")]
    public void Other_messages_pass(string body) => Assert.Null(Decide(body).Denial);

    [Fact]
    public void A_batch_is_refused_as_a_whole()
    {
        var decision = Decide($"[{Call("search", "{}")}, {Call("delete", "{}")}]");

        Assert.Same(Reason.ToolNotAllowed, decision.Denial);
        Assert.Equal([true, false], decision.Messages.Select(m => m.Call!.Allowed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("[[]]")]
    [InlineData("""{"method": 7}""")]
    [InlineData("""{"method": "tools/call"}""")]
    [InlineData("""{"method": "tools/call", "params": ["search"]}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": 7}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "search", "arguments": []}}""")]
    [InlineData("""{"method": "tools/list", "method": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"method": "tools/list", "Method": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"method": "Tools/Call", "params": {"name": "delete"}}""")]
    [InlineData("""{"method": "tools/call ", "params": {"name": "delete"}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "search", "NAME": "delete"}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "search"}, "PARAMS": {"name": "delete"}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "search"}, "param\u017f": {"name": "delete"}}""")]
    [InlineData("""{"method": "tool\u017f/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "search", "name": "delete"}}""")]
    [InlineData("""{"method": "tools/call", "params": {"name": "\ud800"}}""")]
    [InlineData("""{"method": "tools/list"} {"method": "tools/call", "params": {"name": "delete"}}""")]
    public void What_could_be_read_in_two_ways_is_refused(string body) => Assert.Same(Reason.MalformedMcp, Decide(body).Denial);

    [Theory]
    [InlineData("""{"owner": "other", "Owner": "evil"}""")]
    [InlineData("""{"Owner": "evil", "owner": "other"}""")]
    public void An_argument_in_two_letter_cases_does_not_hold(string arguments) =>
        Assert.Same(Reason.ToolNotAllowed, Decide(Call("create_issue", arguments)).Denial);

    [Fact]
    public void Deeply_nested_arguments_are_refused_and_break_nothing() =>
        Assert.Same(Reason.MalformedMcp, Decide(Call("search", $"{{\"a\": {new string('[', 5000)}{new string(']', 5000)}}}")).Denial);

    [Fact]
    public void A_random_body_never_throws()
    {
        var random = new Random(7);
        var valid = Encoding.UTF8.GetBytes(Call("create_issue", """{"owner": "ironsh", "title": "[bot] é😀"}"""));
        for (var i = 0; i < 5000; i++)
        {
            var body = valid.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            Assert.NotNull(_policy.Mcp!.Decide(_server, body));
        }
    }

    /// <summary>The workload writes the text: what would go back and forth in it takes as long as the workload likes.</summary>
    [Fact]
    public void An_expression_that_cannot_be_matched_in_one_pass_is_not_matched_at_all()
    {
        var plan = TestPlan.Create();
        var server = _server with { Tools = [Tool("say", 1, Matches(2, "n", @"^(a+)\1$"))] };

        Assert.Throws<NotSupportedException>(() => new PlanPolicy(plan with { Mcp = plan.Mcp! with { Servers = [server] } }));
    }

    [Theory]
    [InlineData("create_issue", true)]
    [InlineData("delete", false)]
    public void A_tool_is_listed_when_some_call_of_it_could_be_allowed(string tool, bool listed) =>
        Assert.Equal(listed, _policy.Mcp!.Lists(_server, tool));

    [Theory]
    [InlineData("https://api.github.com/v1/mcp", true)]
    [InlineData("https://api.github.com/v2", false)]
    [InlineData("https://pypi.org/v1/mcp", false)]
    public void Rules_say_which_requests_go_to_a_server(string url, bool found)
    {
        var request = Canonical.Request("GET", url);

        var server = _policy.Mcp!.FindServer(_policy.Matcher.FindHost(request.Host), request, out var rule);

        Assert.Equal(found, ReferenceEquals(_server, server));
        Assert.Equal(found, rule is not null);
    }

    private McpDecision Decide(string body) => _policy.Mcp!.Decide(_server, Encoding.UTF8.GetBytes(body));

    private static string Call(string tool, string arguments) =>
        $$"""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "{{tool}}", "arguments": {{arguments}} } }""";

    private static McpToolPlan Tool(string name, int line, params McpMatcherPlan[] when) =>
        new() { Name = name, When = [.. when], At = new SourcePosition(line, 1) };

    private static McpMatcherPlan In(int line, string path, params string[] values) =>
        new() { Path = [.. path.Split('.')], In = [.. values.Select(v => JsonElement.Parse(v))], At = new SourcePosition(line, 1) };

    private static McpMatcherPlan Matches(int line, string path, string expression) =>
        new() { Path = [.. path.Split('.')], Matches = expression, At = new SourcePosition(line, 1) };
}
