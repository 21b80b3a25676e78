using System.Text;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Mcp;

public sealed class McpUpstreamTests
{
    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - {name: allowlist, config: {domains: [tools.internal]}}
          - {name: aws_auth, config: {access_key_id: {type: env, var: ID}, secret_access_key: {type: env, var: KEY}, rules: [{host: tools.internal}]}}
        mcp:
          servers:
            - {name: whole, rules: [{host: tools.internal, paths: [/mcp]}], upstream: "https://one.example.com:8443/v1/mcp"}
            - {name: host, rules: [{host: tools.internal, paths: ["/host/*"]}], upstream: "https://two.example.com"}
            - {name: here, rules: [{host: tools.internal, paths: [/here]}]}
        """;

    private static readonly PlanPolicy Compiled = Policies.Compile(Policy);

    [Theory]
    [InlineData("/mcp?session=1", "https one.example.com:8443 /v1/mcp?session=1")]
    [InlineData("//MCP/", "https one.example.com:8443 /v1/mcp")]
    [InlineData("/host/a%20b?c", "https two.example.com /host/a%20b?c")]
    [InlineData("/here", "http tools.internal:8080 /here")]
    [InlineData("/else", "http tools.internal:8080 /else")]
    public void A_request_is_sent_where_its_server_is(string target, string sent)
    {
        var context = Policies.Request(Compiled, "http://tools.internal:8080" + target);

        Assert.Equal(sent, $"{context.Destination.Scheme} {context.Destination.HostHeader} {context.Path}{context.Query}");
        Assert.Equal("http tools.internal:8080", $"{context.Request.Scheme} {context.Request.HostHeader}");
    }

    [Fact]
    public void A_tunnel_is_sent_nowhere_else()
    {
        Assert.Null(CanonicalHost.TryCreateFromText("tools.internal", out var host));
        var request = CanonicalRequest.Destination(host, 443, client: null);

        Assert.Same(request, new RequestContext(Compiled, request, new ScriptedHeaders(http2: false), new ScriptedBody(null), new DecisionRecord()).Destination);
    }

    /// <summary>The two requests differ in nothing that is sent, and so they have one signature.</summary>
    [Theory]
    [InlineData("aws_auth", "")]
    [InlineData("hmac_sign", "{name: hmac_sign, config: {timestamp: {format: rfc3339}, signature: {algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Host}}{{.PathWithQuery}}'}, credentials: {secret: {type: env, var: KEY}}, headers: [{name: Authorization, value: '{{.Signature}}'}], rules: [{host: tools.internal}]}}")]
    public async Task What_is_signed_is_what_is_sent(string step, string yaml)
    {
        var policy = yaml.Length == 0 ? Policy : Policy.Replace("mcp:\n", $"  - {yaml}\nmcp:\n", StringComparison.Ordinal);
        var direct = policy.Replace("domains: [tools.internal]", "domains: [one.example.com]", StringComparison.Ordinal).Replace("rules: [{host: tools.internal}]", "rules: [{host: one.example.com}]", StringComparison.Ordinal);

        Assert.Equal(await SignatureAsync(Policies.Compile(direct), step, "https://one.example.com:8443/v1/mcp"), await SignatureAsync(Policies.Compile(policy), step, "https://tools.internal/mcp"));
    }

    [Fact]
    public async Task The_record_has_both_hosts()
    {
        var context = Policies.Request(Compiled, "https://tools.internal/mcp", [("Content-Type", "application/json")], new ScriptedBody(Encoding.ASCII.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""")));
        await new StepPipeline(Compiled, [new AllowlistStep(Compiled.Plan.Steps.OfType<AllowlistStepPlan>().Single())], TimeProvider.System).RunAsync(context);

        Assert.Equal("whole one.example.com:8443", $"{context.Record.Mcp?.Server} {context.Record.Mcp?.Upstream}");
    }

    private static async Task<string> SignatureAsync(PlanPolicy policy, string type, string url)
    {
        var context = Policies.Request(
            policy, url, [("Authorization", "AWS4-HMAC-SHA256 Credential=A/20000101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")], method: "GET");
        var step = StepRegistry.Create(policy.Plan.Steps.Single(s => s.Type == type), StepCase.Services);
        context.Step = context.Record.AddStep(type);
        Assert.True((await ((IRequestStep)step!).RunAsync(context)).Continues); // The policy has one.
        return context.Headers.Find("Authorization")!;
    }
}
