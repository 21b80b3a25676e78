using System.Text;
using System.Text.Json;

namespace IronProxy.Plan.Tests.Mcp;

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
                Tool("label", 12, In(13, "labels.0", "\"bug\""), In(14, "labels.1.name", "\"x\"")),
            ],
            Prompts = [Tool("review", 15, In(16, "style", "\"kind\""))],
            Resources = [Tool("file:///docs/guide.md", 17), Tool("demo://static/*", 18)],
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
    [InlineData("label", """{"labels": ["bug", {"name": "x"}, "more"]}""", true)]
    [InlineData("label", """{"labels": ["other", {"name": "x"}]}""", false)]
    [InlineData("label", """{"labels": ["bug"]}""", false)]
    [InlineData("label", """{"labels": {"0": "bug", "1": {"name": "x"}}}""", true)]
    [InlineData("label", """{"labels": "bug"}""", false)]
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

        Assert.Equal(["2:1", "5:1"], call.Entries.Select(e => e.At.ToString()));
        Assert.Equal(["3:1", "6:1"], call.Entries.SelectMany(e => e.Failing).Select(m => m.At.ToString()));
        Assert.Empty(Assert.Single(Decide(Call("delete", "{}")).Messages).Call!.Entries);
    }

    [Theory]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "method": "notifications/initialized"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": "a", "method": "logging/setLevel", "params": {"level": "info"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "no"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools\/call", "params": {"name": "s\u0065arch"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "result": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": null}}""")]
    [InlineData("""[{"jsonrpc": "2.0", "method": "tools/list"}, {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "search"}}]""")]
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
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": 7}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["search"]}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": []}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "method": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "Method": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "Tools/Call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call ", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "NAME": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search"}, "PARAMS": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search"}, "param\u017f": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tool\u017f/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\ud800"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list"} {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": 2.0, "id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "jsonrpc": "2.0", "id": 1, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": [1], "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": true, "method": "tools/list"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1}""")]
    [InlineData("""{"jsonrpc": "2.0", "result": {}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "result": {}, "params": {}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search"}, "result": {}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": "x"}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "m\u0065thod": "tools/call", "params": {"name": "search"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "m\u0065thod": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"n\u0061me": "search"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "method\u0000x": "tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call\u0000", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "/tools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "\ufefftools/call", "params": {"name": "delete"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"a": 1, "a": 2}}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"a": NaN}}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"a": 01}}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search",}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, /* "x" */ "method": "tools/list"}""")]
    [InlineData("""{'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list'}""")]
    [InlineData("\uFEFF{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}")]
    [InlineData("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}\0")]
    [InlineData("{\"jsonrpc\": \"2.0\", \"id\": 1, \u00A0\"method\": \"tools/list\"}")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": {}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": 7}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "demo://static/1", "URI": "file:///etc/passwd"}}""")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "completion/complete", "params": {"ref": {"type": "ref/tool", "name": "x"}}}""")]
    [InlineData("""[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, 7]""")]
    public void What_could_be_read_in_two_ways_is_refused(string body) => Assert.Same(Reason.MalformedMcp, Decide(body).Denial);

    [Theory]
    [InlineData("""{"owner": "other", "Owner": "evil"}""")]
    [InlineData("""{"Owner": "evil", "owner": "other"}""")]
    public void An_argument_in_two_letter_cases_does_not_hold(string arguments) =>
        Assert.Same(Reason.ToolNotAllowed, Decide(Call("create_issue", arguments)).Denial);

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC0)]
    public void What_is_no_UTF_8_is_refused_wherever_it_stands(byte wrong)
    {
        var body = Encoding.UTF8.GetBytes(Call("search", """{"text": "?"}"""));
        body[Array.IndexOf(body, (byte)'?')] = wrong;

        Assert.Same(Reason.MalformedMcp, _policy.Mcp!.Decide(_server, body).Denial);
    }

    [Theory]
    [InlineData("prompts/get", """{"name": "review", "arguments": {"style": "kind"}}""", null)]
    [InlineData("prompts/get", """{"name": "review", "arguments": {"style": "rude"}}""", "prompt_not_allowed")]
    [InlineData("prompts/get", """{"name": "other"}""", "prompt_not_allowed")]
    [InlineData("resources/read", """{"uri": "file:///docs/guide.md"}""", null)]
    [InlineData("resources/subscribe", """{"uri": "demo://static/1/a"}""", null)]
    [InlineData("resources/unsubscribe", """{"uri": "demo://static/"}""", null)]
    [InlineData("resources/read", """{"uri": "demo://static"}""", "resource_not_allowed")]
    [InlineData("resources/read", """{"uri": "demo://static/../secret"}""", "resource_not_allowed")]
    [InlineData("resources/read", """{"uri": "demo://static/%2e%2e/secret"}""", "resource_not_allowed")]
    [InlineData("resources/read", """{"uri": "demo://static/a\\b"}""", "resource_not_allowed")]
    [InlineData("resources/read", """{"uri": "DEMO://static/1"}""", "resource_not_allowed")]
    [InlineData("completion/complete", """{"ref": {"type": "ref/prompt", "name": "review"}, "argument": {"name": "style", "value": "k"}}""", null)]
    [InlineData("completion/complete", """{"ref": {"type": "ref/prompt", "name": "other"}}""", "prompt_not_allowed")]
    [InlineData("completion/complete", """{"ref": {"type": "ref/resource", "uri": "demo://static/{id}"}}""", null)]
    [InlineData("completion/complete", """{"ref": {"type": "ref/resource", "uri": "demo://other/{id}"}}""", "resource_not_allowed")]
    public void Prompts_and_resources_have_lists_of_their_own(string method, string parameters, string? denial)
    {
        var body = $$"""{"jsonrpc": "2.0", "id": 1, "method": "{{method}}", "params": {{parameters}}}""";

        Assert.Equal(denial, Decide(body).Denial?.Code);
        var tools = _server with { Prompts = null, Resources = null };
        Assert.Null(new PlanPolicy(_policy.Plan with { Mcp = _policy.Plan.Mcp! with { Servers = [tools] } }).Mcp!.Decide(tools, Encoding.UTF8.GetBytes(body)).Denial);
    }

    [Theory]
    [InlineData("tools/call", "search", true)]
    [InlineData("tools/call", null, true)]
    [InlineData(null, "search", true)]
    [InlineData("tools/list", "search", false)]
    [InlineData("tools/call", "delete", false)]
    [InlineData("tools/call", "=?base64?c2VhcmNo?=", true)]
    [InlineData("tools/call", "=?base64?ZGVsZXRl?=", false)]
    [InlineData("tools/call", "=?base64?!?=", false)]
    [InlineData("tools/call", "search,search", false)]
    [InlineData("", null, false)]
    public void Headers_and_body_say_the_same(string? method, string? name, bool passes) =>
        Assert.Equal(passes ? null : Reason.MalformedMcp, _policy.Mcp!.Decide(_server, Encoding.UTF8.GetBytes(Call("search", "{}")), new McpHeaders(method, name)).Denial);

    [Fact]
    public void A_batch_has_no_headers() =>
        Assert.Same(Reason.MalformedMcp, _policy.Mcp!.Decide(_server, Encoding.UTF8.GetBytes($"[{Call("search", "{}")}]"), new McpHeaders("tools/call", null)).Denial);

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"}, {"name":"delete"},{"name":"say","x":[1]}],"nextCursor":"a"}}""", """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"},{"name":"say","x":[1]}],"nextCursor":"a"}}""", 1)]
    [InlineData("""{"result": {"tools": [ {"name": "delete"} ] } }""", """{"result": {"tools": [] } }""", 1)]
    [InlineData("""{"result":{"tools":[{"name":"search","Name":"delete"},{"Name":"search"},"search",null,{"name":7}]}}""", """{"result":{"tools":[]}}""", 5)]
    [InlineData("""[{"result":{"tools":[{"name":"delete"}]}},{"result":{"prompts":[{"name":"other"},{"name":"review"}]}}]""", """[{"result":{"tools":[]}},{"result":{"prompts":[{"name":"review"}]}}]""", 2)]
    [InlineData("""{"result":{"resources":[{"uri":"file:///etc/passwd"},{"uri":"demo://static/1"}]}}""", """{"result":{"resources":[{"uri":"demo://static/1"}]}}""", 1)]
    [InlineData("""{"result":{"resourceTemplates":[{"uriTemplate":"demo://static/{id}"},{"uriTemplate":"demo://{any}"}]}}""", """{"result":{"resourceTemplates":[{"uriTemplate":"demo://static/{id}"}]}}""", 1)]
    public void Lists_lose_what_may_not_be_used_and_no_other_byte(string body, string expected, int filtered)
    {
        var receipt = _policy.Mcp!.Filter(_server, Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, Encoding.UTF8.GetString(receipt!.Replacement!));
        Assert.Equal(filtered, receipt.Messages.Sum(m => m.Filtered));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"}]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"tools\":[{\"name\":\"delete\"}]}"}]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"tools":{"listChanged":true}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/message","params":{"tools":[{"name":"delete"}]}}""")]
    [InlineData("""{"error":"invalid_token","Error":"x"}""")]
    [InlineData("""["a", 7, null]""")]
    [InlineData("\"text\"")]
    public void All_else_of_a_server_goes_on_as_it_came(string body) => Assert.Null(_policy.Mcp!.Filter(_server, Encoding.UTF8.GetBytes(body))!.Replacement);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"result":{"tools":[]},"result":{"tools":[{"name":"delete"}]}}""")]
    [InlineData("""{"result":{"tools":[]},"Result":{"tools":[{"name":"delete"}]}}""")]
    [InlineData("""{"result":{"tools":[],"TOOLS":[{"name":"delete"}]}}""")]
    [InlineData("""{"result":{"t\u006fols":[{"name":"delete"}]}}""")]
    [InlineData("""{"result":{"tools":{"name":"delete"}}}""")]
    [InlineData("\uFEFF{}")]
    public void A_list_that_could_be_read_in_two_ways_is_not_read(string body) => Assert.Null(_policy.Mcp!.Filter(_server, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Methods_that_a_server_makes_up_are_not_named()
    {
        var receipt = _policy.Mcp!.Filter(_server, """[{"id":1,"method":"sampling/createMessage"},{"method":"the-secret"},{"id":1,"error":{}}]"""u8.ToArray())!;

        Assert.Equal([(JsonRpcMessageType.Request, "sampling/createMessage"), (JsonRpcMessageType.Notification, null), (JsonRpcMessageType.Error, null)], receipt.Messages.Select(m => (m.Type, m.Method)));
    }

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

        Assert.Throws<PlanException>(() => new PlanPolicy(plan with { Mcp = plan.Mcp! with { Servers = [server] } }));
    }

    [Theory]
    [InlineData("create_issue", true)]
    [InlineData("delete", false)]
    public void A_tool_is_listed_when_some_call_of_it_could_be_allowed(string tool, bool listed) =>
        Assert.Equal(listed, _policy.Mcp!.Lists(_server, McpKind.Tool, tool));

    [Theory]
    [InlineData("https://api.github.com/v1/mcp", true)]
    [InlineData("https://api.github.com/v2", false)]
    [InlineData("https://api.github.com/V1/mcp", true)]
    [InlineData("https://api.github.com//v1/mcp/", true)]
    [InlineData("https://api.github.com/v1%2fmcp", true)]
    [InlineData("https://api.github.com/v1%20/mcp", true)]
    [InlineData("https://api.github.com/v1;a=b/mcp", true)]
    [InlineData("https://api.github.com/V2/", false)]
    [InlineData("https://api.github.com/v1/mcp.json", true)]
    [InlineData("https://api.github.com/%2576%2531/mcp", true)]
    [InlineData("https://api.github.com/v1/mcp%3Fa", true)]
    [InlineData("https://api.github.com/v1/mcp%23", true)]
    [InlineData("https://api.github.com/index.php/v1/mcp", true)]
    [InlineData("https://api.github.com/index.php", false)]
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

    private static AllowedEntryPlan Tool(string name, int line, params ArgumentMatcherPlan[] when) =>
        new() { Name = name, When = [.. when], At = new SourcePosition(line, 1) };

    private static ArgumentMatcherPlan In(int line, string path, params string[] values) =>
        new() { Path = [.. path.Split('.')], In = [.. values.Select(v => JsonElement.Parse(v))], At = new SourcePosition(line, 1) };

    private static ArgumentMatcherPlan Matches(int line, string path, string expression) =>
        new() { Path = [.. path.Split('.')], Matches = expression, At = new SourcePosition(line, 1) };
}
