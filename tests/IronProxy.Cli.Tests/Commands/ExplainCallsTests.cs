using System.Text.Json;

namespace IronProxy.Cli.Tests.Commands;

/// <summary>What explain says of json_rpc and graphql.</summary>
public sealed class ExplainCallsTests : IDisposable
{
    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: [eth.test, graph.test]}
          - name: secrets
            config: {secrets: [{source: {type: env, var: KEY}, replace: {proxy_value: placeholder-1, match_body: true}, rules: [{host: eth.test}, {host: graph.test}]}]}
          - name: json_rpc
            config:
              name: node
              rules: [{host: eth.test, paths: [/rpc]}]
              methods:
                - name: eth_chainId
                - name: eth_call
                  when: [{path: 0.to, equals: "0xaa"}]
              error: {code: -32005, message: "not here"}
          - name: graphql
            config:
              name: graph
              rules: [{host: graph.test}]
              queries: [{field: viewer}, {field: repository, fields: [name], when: [{path: owner, equals: me}]}]

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""", "continue", null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xbb"}]}""", "reject", "rpc_method_not_allowed")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"placeholder-1"}]}""", "undecided", null)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"placeholder-1"}]},{"jsonrpc":"2.0","id":1,"method":"x"}]""", "reject", "rpc_method_not_allowed")]
    [InlineData("not json", "reject", "malformed_json_rpc")]
    [InlineData(null, "undecided", null)]
    public async Task Calls_are_judged_as_they_would_be(string? body, string outcome, string? reason)
    {
        var json = await Json("POST https://eth.test/rpc", body is null ? [] : ["--body", _folder.Write("body", body)]);

        Assert.Equal(outcome, json.GetProperty("steps")[2].GetProperty("outcome").GetString());
        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var said) ? said.GetString() : null);
        Assert.Equal(outcome == "undecided", json.GetProperty("verdict").TryGetProperty("dependsOn", out var asked) && asked[0].GetProperty("name").GetString() == "node");
        Assert.Equal("not_reached", (await Json("POST https://other.test/rpc")).GetProperty("steps")[2].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_denial_names_calls_entries_and_what_does_not_hold()
    {
        var run = await Text("POST https://eth.test/rpc", "--body", _folder.Write("body", """[{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xbb"}]},{"jsonrpc":"2.0","id":2,"method":"eth_send"}]"""));

        Assert.Contains("   eth_call is denied\n     by the entry at ", run.Out, StringComparison.Ordinal);
        Assert.Contains("       0.to would have to equal \"0xaa\" (", run.Out, StringComparison.Ordinal);
        Assert.Contains("   eth_send is denied: no entry has this name\n   the client is answered with error -32005: not here\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("verdict: denied by json_rpc", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("0xbb", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_are_named_with_what_is_not_listed_beneath()
    {
        var body = _folder.Write("body", """{"query":"{ viewer { id } r: repository(owner: \"me\") { name secrets } }"}""");
        var run = await Text("POST https://graph.test/", "--body", body, "-H", "Content-Type: application/json");

        Assert.Contains("   query.viewer is allowed\n     by the entry at ", run.Out, StringComparison.Ordinal);
        Assert.Contains("       secrets is not among its fields\n   the client is answered with the error: blocked by iron-proxy policy\n", run.Out, StringComparison.Ordinal);
        var json = await Json("POST https://graph.test/", "--body", body, "-H", "Content-Type: application/json");
        Assert.Equal("secrets", json.GetProperty("steps")[3].GetProperty("calls")[1].GetProperty("entries")[0].GetProperty("unlisted").GetString());
    }

    [Theory]
    [InlineData("GET https://graph.test/?query=%7Bviewer%7Bid%7D%7D", "", null)]
    [InlineData("GET https://graph.test/?query=%7Busers%7D", "", "graphql_not_allowed")]
    [InlineData("GET https://graph.test/?query=%7Bviewer%7Bid%7D%7D", "Upgrade: websocket", "malformed_graphql")]
    [InlineData("GET https://eth.test/rpc?method=eth_chainId", "", "malformed_json_rpc")]
    public async Task Requests_without_a_body_are_decided(string request, string header, string? reason)
    {
        var json = await Json(request, header.Length > 0 ? ["-H", header] : []);
        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var said) ? said.GetString() : null);
    }

    private Task<CliRun> Text(string request, params string[] options) => CliRun.Of(["explain", _folder.Write("policy.yaml", Policy), "-r", request, .. options]);

    private async Task<JsonElement> Json(string request, params string[] options)
    {
        var run = await Text(request, [.. options, "--json"]);
        Assert.True(run.Out.Length > 0, run.ToString());
        return JsonElement.Parse(run.Out);
    }
}
