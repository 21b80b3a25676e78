using System.Text;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Mcp;

/// <summary>What servers may ask the client's model.</summary>
public sealed class SamplingTests
{
    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms: [{name: allowlist, config: {domains: [mcp.test]}}]
        mcp:
          error: {code: -32050, message: not here}
          servers:
            - name: notes
              rules: [{host: mcp.test, paths: [/mcp]}]
              sampling:
                - when: [{path: maxTokens, in: [10, 20]}, {path: messages.0.role, equals: user}]
                - when: [{path: systemPrompt, equals: "Sum up."}]
            - {name: closed, rules: [{host: mcp.test, paths: [/closed]}], sampling: []}
            - {name: open, rules: [{host: mcp.test, paths: [/open]}]}
        """;

    private const string Small = """{"maxTokens":10,"messages":[{"role":"user","content":{"type":"text","text":"x"}}]}""";

    private static readonly PlanPolicy Compiled = Policies.Compile(Policy);

    [Theory]
    [InlineData("mcp", Small, true)]
    [InlineData("mcp", """{"systemPrompt":"Sum up.","maxTokens":9999}""", true)]
    [InlineData("mcp", """{"maxTokens":11,"messages":[{"role":"user"}]}""", false)]
    [InlineData("mcp", """{"maxTokens":10,"MaxTokens":9999,"messages":[{"role":"user"}]}""", false)]
    [InlineData("mcp", "{}", false)]
    [InlineData("mcp", "[]", false)]
    [InlineData("closed", Small, false)]
    [InlineData("open", "{}", true)]
    public async Task A_question_that_is_not_allowed_is_not_asked(string server, string parameters, bool allowed)
    {
        var question = $$"""{"jsonrpc":"2.0","id":"q\u0031","method":"sampling/createMessage","params":{{parameters}}}""";
        var denied = """{"jsonrpc":"2.0","id":"q\u0031","method":"iron-proxy/denied"}""";

        var (reason, text, context) = await RespondAsync(server, $"id: 7\ndata: {question}\n\ndata: {{}}\n\n", "text/event-stream");

        Assert.Null(reason);
        Assert.Equal($"id: 7\ndata: {(allowed ? question : denied)}\n\ndata: {{}}\n\n", text);
        Assert.Equal((!allowed, "sampling/createMessage", null), context.Record.Mcp!.Read().Messages.Select(m => (m.Denied, m.Method, m.Reason)).ElementAt(1));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"sampling/createMessage"}""", """{"jsonrpc":"2.0","method":"iron-proxy/denied"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"sampl\u0069ng/createMessage","result":{"tools":[{"name":"x"}]}}""", """{"jsonrpc":"2.0","id":1,"method":"iron-proxy/denied"}""")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{}}]""", """[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"method":"iron-proxy/denied"}]""")]
    [InlineData(
        """{"jsonrpc":"2.0","id":3,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create"},"b":{"method":"sampling/createMessage","params":{}}}}}""",
        """{"jsonrpc":"2.0","id":3,"error":{"code":-32050,"message":"not here"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":3,"result":{"inputRequests":{"a":{"method":"elicitation/create"}}}}""", """{"jsonrpc":"2.0","id":3,"result":{"inputRequests":{"a":{"method":"elicitation/create"}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":"roots/list"}""", """{"jsonrpc":"2.0","id":4,"method":"roots/list"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":"Sampling/CreateMessage"}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":4,"method":" sampling/createMessage"}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":4,"Method":"sampling/createMessage"}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":4,"m\u0065thod":"sampling/createMessage"}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"sampling/createMessage"}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":3,"result":{"InputRequests":{"b":{"method":"sampling/createMessage"}}}}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":3,"result":{"inputRequests":[{"method":"sampling/createMessage"}]}}""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":3,"result":{"inputRequests":{"b":{"method":"SAMPLING/createMessage"}}}}""", null)]
    public async Task It_is_found_in_every_form(string sent, string? received)
    {
        var (reason, text, _) = await RespondAsync("closed", sent, "application/json");

        Assert.Equal(received is null ? Reason.MalformedMcpResponse : null, reason);
        Assert.Equal(received ?? text, text);
    }

    private static async Task<(Reason? Reason, string Text, RequestContext Context)> RespondAsync(string server, string body, string type)
    {
        var context = Policies.Request(Compiled, "https://mcp.test/" + server, [], new ScriptedBody("""{"jsonrpc":"2.0","id":1,"method":"ping"}"""u8.ToArray()));
        var pipeline = new StepPipeline(Compiled, [new AllowlistStep(Compiled.Plan.Steps.OfType<AllowlistStepPlan>().Single())], TimeProvider.System);
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = new ResponseContext(context, 200, [KeyValuePair.Create("Content-Type", type)], new ScriptedResponse(Encoding.UTF8.GetBytes(body), 5));
        var reason = await pipeline.RunAsync(response);
        return (reason, reason is null ? Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body)) : "", context);
    }
}
