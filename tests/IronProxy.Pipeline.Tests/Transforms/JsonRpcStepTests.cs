using System.Text;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What becomes of requests that json_rpc acts on. How calls are read, the tests of the policy show.</summary>
public sealed class JsonRpcStepTests
{
    private const string Allowed = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}""";

    private static readonly PlanPolicy Policy = Policies.Compile("""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: [eth.example.com, other.example.com]}
          - name: json_rpc
            config:
              name: node
              rules: [{host: eth.example.com, paths: [/v3/*]}]
              methods:
                - name: eth_blockNumber
                - name: eth_call
                  when: [{path: 0.to, equals: real-address}]
              error: {code: -32004, message: "not for you"}
        """);

    [Theory]
    [InlineData("https://eth.example.com/v3/key")]
    [InlineData("https://eth.example.com/V3/key")]
    [InlineData("https://eth.example.com//v3/key/")]
    public async Task A_denied_call_is_answered_with_an_error_that_has_its_id(string url)
    {
        var (outcome, context) = await RunAsync("""{"jsonrpc":"2.0","id":"x\u0041","method":"eth_sendTransaction"}""", url);

        Assert.Equal((Reason.RpcMethodNotAllowed, new SourcePosition(5, 5)), (outcome.Rejection, outcome.Rule));
        Assert.Equal("""{"jsonrpc":"2.0","id":"x\u0041","error":{"code":-32004,"message":"not for you"}}""", Answer(context));
        Assert.Equal(["name: node", "methods: eth_sendTransaction", "denied: eth_sendTransaction"], Annotations(context));
    }

    [Fact]
    public async Task An_allowed_call_goes_on_and_is_recorded()
    {
        var (outcome, context) = await RunAsync(Allowed);

        Assert.True(outcome.Continues);
        Assert.Equal(["name: node", "methods: eth_blockNumber"], Annotations(context));
    }

    [Theory]
    [InlineData("https://other.example.com/v3/key")]
    [InlineData("https://eth.example.com/v4")]
    public async Task Other_requests_are_left_alone(string url)
    {
        var (outcome, context) = await RunAsync("not json", url);

        Assert.True(outcome.Continues);
        Assert.Empty(context.Record.Steps[^1].Annotations);
        Assert.Null(context.Body.InMemory);
    }

    [Fact]
    public async Task A_batch_is_refused_as_a_whole_and_answered_for_each_request()
    {
        var (outcome, context) = await RunAsync($$"""[{{Allowed}},{"jsonrpc":"2.0","method":"eth_accounts"},{"jsonrpc":"2.0","id":2,"method":"eth_accounts"}]""");

        Assert.Equal(Reason.RpcMethodNotAllowed, outcome.Rejection);
        Assert.Equal("""[{"jsonrpc":"2.0","id":1,"error":{"code":-32004,"message":"not for you"}},{"jsonrpc":"2.0","id":2,"error":{"code":-32004,"message":"not for you"}}]""", Answer(context));
        Assert.Equal(["name: node", "methods: eth_blockNumber,eth_accounts", "denied: eth_accounts"], Annotations(context));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"eth_accounts"}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"eth_accounts"}]""")]
    public async Task Denied_notifications_are_answered_without_an_id(string body)
    {
        var (_, context) = await RunAsync(body);
        Assert.Equal("""{"jsonrpc":"2.0","id":null,"error":{"code":-32004,"message":"not for you"}}""", Answer(context));
    }

    [Theory]
    [InlineData("GET", null, "application/json", null)]
    [InlineData("PUT", Allowed, "application/json", null)]
    [InlineData("POST", null, "application/json", null)]
    [InlineData("POST", "method=eth_blockNumber", "application/x-www-form-urlencoded", null)]
    [InlineData("POST", Allowed, "application/json; charset=utf-16", null)]
    public async Task What_is_no_call_is_refused_without_an_answer_in_the_protocol(string method, string? body, string contentType, string? encoding)
    {
        var (outcome, context) = await RunAsync(body, method: method, headers: encoding is null ? [("Content-Type", contentType)] : [("Content-Type", contentType), ("Content-Encoding", encoding)]);

        Assert.Equal(Reason.MalformedJsonRpc, outcome.Rejection);
        Assert.Null(context.Record.DenialBody);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public async Task Any_media_type_is_read(string contentType)
    {
        var (outcome, _) = await RunAsync("""{"jsonrpc":"2.0","id":1,"method":"eth_accounts"}""", headers: [("Content-Type", contentType)]);
        Assert.Equal(Reason.RpcMethodNotAllowed, outcome.Rejection);
    }

    [Fact]
    public async Task A_coding_that_is_not_known_is_refused()
    {
        var (outcome, _) = await RunAsync(Allowed, headers: [("Content-Encoding", "snappy")]);
        Assert.Equal(Reason.BodyEncoding, outcome.Rejection);
    }

    [Fact]
    public async Task Values_are_compared_as_they_are_sent_and_recorded_as_they_were_written()
    {
        var context = Request("""{"jsonrpc":"2.0","id":"pk-id","method":"eth_call","params":[{"to":"pk-address"}]}""", "https://eth.example.com/v3/a", "POST", []);
        await context.ReadBodyAsync();
        context.ReplaceBody("""{"jsonrpc":"2.0","id":"real-id","method":"eth_call","params":[{"to":"real-address"}]}"""u8.ToArray());
        Assert.True((await RunAsync(context)).Continues);

        context = Request("""{"jsonrpc":"2.0","id":"pk-id","method":"pk-method"}""", "https://eth.example.com/v3/a", "POST", []);
        await context.ReadBodyAsync();
        context.ReplaceBody("""{"jsonrpc":"2.0","id":"real-id","method":"real-method"}"""u8.ToArray());
        Assert.Equal(Reason.RpcMethodNotAllowed, (await RunAsync(context)).Rejection);
        Assert.Contains("\"pk-id\"", Answer(context), StringComparison.Ordinal);
        Assert.Equal(["name: node", "methods: pk-method", "denied: pk-method"], Annotations(context));
    }

    private static RequestContext Request(string? body, string url, string method, (string, string)[] headers) =>
        Policies.Request(Policy, url, headers, new ScriptedBody(body is null ? null : Encoding.UTF8.GetBytes(body)), method);

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(
        string? body, string url = "https://eth.example.com/v3/key", string method = "POST", (string, string)[]? headers = null)
    {
        var context = Request(body, url, method, headers ?? []);
        return (await RunAsync(context), context);
    }

    private static async Task<StepOutcome> RunAsync(RequestContext context)
    {
        var step = new JsonRpcStep(Policy.Plan.Steps.OfType<JsonRpcStepPlan>().Single());
        context.Step = context.Record.AddStep(step.Name);
        return await step.RunAsync(context);
    }

    private static string Answer(RequestContext context) => Encoding.UTF8.GetString(Assert.IsType<byte[]>(context.Record.DenialBody));

    private static string[] Annotations(RequestContext context) =>
        [.. context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}: {(a.Value is string[] list ? string.Join(',', list) : a.Value)}")];
}
