using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>Which requests are judged: those of the rules, and those on paths that a router may take for theirs.</summary>
public sealed class JudgedRouteTests
{
    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - {name: allowlist, config: {domains: [a.test, b.test]}}
          - {name: json_rpc, config: {name: node, rules: [{host: a.test, paths: [/Api/Rpc]}], methods: [{name: read}]}}
        mcp:
          servers:
            - {name: narrow, rules: [{host: b.test, paths: [/admin]}], tools: [{name: safe}]}
            - {name: wide, rules: [{host: b.test}], tools: [{name: danger}]}
        """;

    private static readonly PlanPolicy Compiled = Policies.Compile(Policy);

    [Theory]
    [InlineData("/Api/Rpc")]
    [InlineData("/api/rpc")]
    [InlineData("/API/RPC/")]
    [InlineData("/apI//rPc")]
    [InlineData("/api/rpc.json")]
    [InlineData("/api/%2572pc")]
    [InlineData("/api/rpc%3fx")]
    [InlineData("/index.php/api/rpc")]
    public async Task Letter_case_and_spelling_lead_around_no_rule(string path)
    {
        Assert.Equal(Reason.RpcMethodNotAllowed, (await RunAsync("https://a.test" + path, """{"jsonrpc":"2.0","id":1,"method":"write"}""")).Outcome.Rejection);
        Assert.Null((await RunAsync("https://a.test" + path, """{"jsonrpc":"2.0","id":1,"method":"read"}""")).Outcome.Rejection);
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/rpc/x")]
    [InlineData("/rpc")]
    public async Task Other_paths_are_others(string path) => Assert.Null((await RunAsync("https://a.test" + path, "anything")).Outcome.Rejection);

    [Theory]
    [InlineData("/admin", "narrow")]
    [InlineData("/Admin", "narrow")]
    [InlineData("/admin/", "narrow")]
    [InlineData("//admin", "narrow")]
    [InlineData("/admin.", "narrow")]
    [InlineData("/admins", "wide")]
    public async Task The_first_server_is_meant_in_any_spelling(string path, string server)
    {
        var (outcome, context) = await RunAsync("https://b.test" + path, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"danger"}}""");

        Assert.Equal(server, context.Record.Mcp?.Server);
        Assert.Equal(server == "narrow" ? Reason.ToolNotAllowed : null, outcome.Rejection);
    }

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(string url, string body)
    {
        var context = Policies.Request(Compiled, url, [("Content-Type", "application/json")], new ScriptedBody(Encoding.UTF8.GetBytes(body)));
        return (await new StepPipeline(Compiled, StepCase.StepsOf(Compiled), TimeProvider.System).RunAsync(context), context);
    }
}
