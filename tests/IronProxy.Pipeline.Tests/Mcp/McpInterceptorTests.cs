using System.IO.Compression;
using System.Text;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Mcp;

/// <summary>The MCP policy behind the steps of a request, and before those of its response.</summary>
public sealed class McpInterceptorTests
{
    private const string Url = "https://mcp.test/mcp";
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Tools = """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"},{"name":"delete"}]}}""";
    private const string Filtered = """{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"}]}}""";

    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: [mcp.test]}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: KEY}
                  replace: {proxy_value: placeholder-1, match_body: true}
                  rules: [{host: mcp.test}]
        mcp:
          error: {code: -32050, message: "ask \"somebody\" else"}
          servers:
            - name: notes
              rules: [{host: mcp.test, paths: [/mcp]}]
              tools:
                - name: search
                - name: write
                  when: [{path: key, equals: the-real-value}]
        """;

    private static readonly PlanPolicy Compiled = Policies.Compile(Policy);

    [Theory]
    [InlineData("1")]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("12345678901234567890123")]
    [InlineData("-1.5e3")]
    public async Task A_denied_call_is_answered_with_its_own_id(string id)
    {
        var (outcome, context) = await AskAsync(Call("delete", id));

        Assert.Same(Reason.ToolNotAllowed, outcome.Rejection);
        Assert.Equal($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32050,"message":"ask \"somebody\" else"}}""", Answer(context));
        Assert.Equal(("mcp", "14:7"), (context.Record.RejectedBy, context.Record.Rule.ToString()));
        Assert.Equal("request Request tools/call tool delete denied tool_not_allowed", Assert.Single(Messages(context)));
    }

    [Fact]
    public async Task An_allowed_call_goes_on_as_it_is()
    {
        var (outcome, context) = await AskAsync(Call("search", "1"));

        Assert.True(outcome.Continues);
        Assert.Null(context.Record.DenialBody);
        Assert.Equal("request Request tools/call tool search", Assert.Single(Messages(context)));
        Assert.Equal("notes", context.Record.Mcp!.Server);
    }

    [Fact]
    public async Task A_batch_is_answered_with_an_error_for_each_request()
    {
        var (outcome, context) = await AskAsync($$"""[{{List}},{"jsonrpc":"2.0","method":"notifications/initialized"},{{Call("delete", "\"b\"")}}]""");

        Assert.Same(Reason.ToolNotAllowed, outcome.Rejection);
        Assert.Equal(
            """[{"jsonrpc":"2.0","id":1,"error":{"code":-32050,"message":"ask \"somebody\" else"}},{"jsonrpc":"2.0","id":"b","error":{"code":-32050,"message":"ask \"somebody\" else"}}]""",
            Answer(context));
        Assert.Equal(
            ["request Request tools/list denied", "request Notification notifications/initialized denied", "request Request tools/call tool delete denied tool_not_allowed"], Messages(context));
    }

    [Fact]
    public async Task A_denied_call_without_an_id_is_answered_without_one()
    {
        var (_, context) = await AskAsync("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"delete"}}""");

        Assert.StartsWith("""{"jsonrpc":"2.0","id":null,"error":""", Answer(context), StringComparison.Ordinal);
    }

    /// <summary>A placeholder in the id would come back as the secret, and one in a name would be recorded as it.</summary>
    [Fact]
    public async Task Answers_and_records_are_made_of_what_the_workload_wrote()
    {
        var (outcome, context) = await AskAsync("""{"jsonrpc":"2.0","id":"placeholder-1","method":"tools/call","params":{"name":"placeholder-1"}}""");

        Assert.Same(Reason.ToolNotAllowed, outcome.Rejection);
        Assert.Contains("the-real-value", Encoding.UTF8.GetString(context.Body.InMemory!), StringComparison.Ordinal);
        Assert.StartsWith("""{"jsonrpc":"2.0","id":"placeholder-1",""", Answer(context), StringComparison.Ordinal);
        Assert.Equal("request Request tools/call tool placeholder-1 denied tool_not_allowed", Assert.Single(Messages(context)));
    }

    [Fact]
    public async Task Matchers_see_real_values()
    {
        Assert.True((await AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"key":"placeholder-1"}}}""")).Outcome.Continues);
        Assert.False((await AskAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"key":"another"}}}""")).Outcome.Continues);
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("DELETE", true)]
    [InlineData("POST", false)]
    [InlineData("PUT", false)]
    public async Task Only_requests_that_bring_no_message_may_have_no_body(string method, bool passes)
    {
        Assert.Equal(passes ? null : Reason.MalformedMcp, (await AskAsync(null, method)).Outcome.Rejection);
        Assert.Equal(passes ? null : Reason.MalformedMcp, (await AskAsync("", method)).Outcome.Rejection);
        Assert.Same(Reason.ToolNotAllowed, (await AskAsync(Call("delete", "1"), method)).Outcome.Rejection);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json; charset=\"UTF-8\"", true)]
    [InlineData("text/plain", true)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/json; charset=utf-7", false)]
    [InlineData("application/json; charset=utf-8; charset=utf-16", false)]
    [InlineData("application/json; charset", false)]
    [InlineData("application/json; charset*=utf-8''utf-16", false)]
    [InlineData("application/json;;charset=utf-16", false)]
    public async Task A_charset_is_UTF_8_or_none(string contentType, bool passes) =>
        Assert.Equal(passes ? null : Reason.MalformedMcp, (await AskAsync(List, headers: [("Content-Type", contentType)])).Outcome.Rejection);

    [Theory]
    [InlineData("gzip", true, null)]
    [InlineData("br", true, "body_encoding")]
    [InlineData("gzip", false, "body_encoding")]
    [InlineData("gzip, gzip", true, "body_encoding")]
    [InlineData("snappy", true, "body_encoding")]
    public async Task Packed_bodies_are_read_or_refused(string coding, bool packed, string? refusal)
    {
        var bytes = packed ? Gzip(List) : Encoding.UTF8.GetBytes(List);
        var context = Policies.Request(Compiled, Url, [("Content-Encoding", coding)], new ScriptedBody(bytes));

        Assert.Equal(refusal, (await Pipeline().RunAsync(context)).Rejection?.Code);
    }

    [Fact]
    public async Task Other_requests_are_not_looked_at()
    {
        var context = Policies.Request(Compiled, "https://mcp.test/other", [], new ScriptedBody("anything"u8.ToArray()));

        Assert.True((await Pipeline().RunAsync(context)).Continues);
        Assert.Null(context.Record.Mcp);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=utf-8")]
    [InlineData("application/problem+json")]
    public async Task A_list_in_JSON_is_filtered(string contentType)
    {
        var (reason, response, context) = await RespondAsync(Tools, ("Content-Type", contentType), ("ETag", "x"), ("X-Other", "1"));

        Assert.Null(reason);
        Assert.Equal(Filtered.Length, response.Body.Length);
        Assert.Equal(Filtered, await TextAsync(response));
        Assert.Equal([$"Content-Type: {contentType}", "X-Other: 1"], response.Headers.Select(h => $"{h.Key}: {h.Value}"));
        Assert.Equal("response Response filtered 1", Messages(context)[^1]);
    }

    [Fact]
    public async Task A_response_that_is_not_changed_keeps_what_describes_it()
    {
        var (reason, response, _) = await RespondAsync(Filtered, ("Content-Type", "application/json"), ("ETag", "x"));

        Assert.Null(reason);
        Assert.Equal(Filtered, await TextAsync(response));
        Assert.Equal("x", response.Headers.Find("ETag"));
    }

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("text/event-stream", "data: ")]
    public async Task A_packed_list_is_unpacked(string contentType, string prefix)
    {
        var (reason, response, _) = await RespondAsync(Gzip(prefix + Tools), 200, ("Content-Type", contentType), ("Content-Encoding", "gzip"));

        Assert.Null(reason);
        Assert.Null(response.Headers.Find("Content-Encoding"));
        Assert.Equal(prefix + Filtered, (await TextAsync(response)).TrimEnd('\n'));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task A_list_in_a_stream_is_filtered_and_all_else_stays(int piece)
    {
        const string Before = "event: message\nid: 1\ndata: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"sampling/createMessage\",\"params\":{}}\n\n: ping\n\n";
        var bytes = Encoding.UTF8.GetBytes($"{Before}id: 2\ndata: {Tools}\n\n");
        var (reason, response, context) = await RespondAsync(new ScriptedResponse(bytes, piece), 200, ("Content-Type", "text/event-stream; charset=utf-8"));

        Assert.Null(reason);
        Assert.Null(response.Body.Length);
        Assert.Equal($"{Before}id: 2\ndata: {Filtered}\n\n", await TextAsync(response));
        Assert.Equal(["request Request tools/list", "response Request sampling/createMessage", "response Response filtered 1"], Messages(context));
    }

    [Theory]
    [InlineData(200, "application/json", "{")]
    [InlineData(404, "application/json", "not json")]
    [InlineData(200, "application/json; charset=utf-16", "{}")]
    [InlineData(206, "application/json", "{}")]
    [InlineData(206, "text/event-stream", "data: {}\n\n")]
    [InlineData(200, "text/plain", Tools)]
    [InlineData(200, "text/json", Tools)]
    [InlineData(200, "application/json, text/plain", Tools)]
    [InlineData(200, null, Tools)]
    [InlineData(200, "text/html", "data: {}\n\n")]
    [InlineData(200, "application/octet-stream", "data: {}\n\n")]
    [InlineData(202, null, "x")]
    [InlineData(101, null, "")]
    public async Task What_may_be_a_list_and_cannot_be_read_is_not_sent(int status, string? contentType, string body)
    {
        var (reason, _, context) = await RespondAsync(new ScriptedResponse(Encoding.UTF8.GetBytes(body)), status, contentType is null ? [] : [("Content-Type", contentType)]);

        Assert.Same(Reason.MalformedMcpResponse, reason);
        Assert.Equal("mcp", context.Record.RejectedBy);
    }

    [Theory]
    [InlineData(502, "text/html", "<h1>Bad gateway</h1>")]
    [InlineData(401, "application/json", "")]
    [InlineData(401, "application/json", "{\"error\":\"invalid_token\"}")]
    [InlineData(202, "text/event-stream", "")]
    [InlineData(202, "text/plain", "")]
    [InlineData(200, "text/html", "")]
    public async Task What_is_no_message_goes_on(int status, string contentType, string body)
    {
        var (reason, response, _) = await RespondAsync(new ScriptedResponse(Encoding.UTF8.GetBytes(body)), status, ("Content-Type", contentType));

        Assert.Null(reason);
        Assert.Equal(body, await TextAsync(response));
    }

    [Fact]
    public async Task A_coding_that_is_not_known_or_broken_is_not_sent()
    {
        foreach (var (coding, bytes) in ((string, byte[])[])[("compress", []), ("gzip", Gzip(Tools)[..20]), ("gzip", Encoding.UTF8.GetBytes(Tools))])
        {
            var (reason, response, _) = await RespondAsync(bytes.Length == 0 ? Encoding.UTF8.GetBytes(Tools) : bytes, 200, ("Content-Type", "application/json"), ("Content-Encoding", coding));
            Assert.Same(Reason.MalformedMcpResponse, reason);
        }
    }

    [Fact]
    public async Task A_response_that_is_too_large_is_not_sent()
    {
        var small = Policies.Compile(Policy.Replace("tls: {", "proxy: {max_response_body_bytes: 60}\ntls: {", StringComparison.Ordinal));
        var (reason, _, _) = await RespondAsync(small, new ScriptedResponse(Encoding.UTF8.GetBytes(Tools)), 200, ("Content-Type", "application/json"));
        Assert.Same(Reason.ResponseTooLarge, reason);

        var (none, stream, _) = await RespondAsync(small, new ScriptedResponse(Encoding.UTF8.GetBytes($"data: {{}}\n\ndata: {Tools}\n\n"), 5), 200, ("Content-Type", "text/event-stream"));
        Assert.Null(none);
        var buffer = new byte[100];
        Assert.Equal("data: {}\n\n", Encoding.UTF8.GetString(buffer, 0, await stream.Body.ReadAsync(buffer, default)));
        Assert.Same(Reason.ResponseTooLarge, (await Assert.ThrowsAsync<BrokenResponseException>(() => stream.Body.ReadAsync(buffer, default).AsTask())).Reason);
    }

    [Fact]
    public async Task A_record_ends_at_a_hundred_messages_and_counts_the_rest()
    {
        var (_, context) = await AskAsync($"[{string.Join(',', Enumerable.Repeat(List, 130))}]");

        var (messages, omitted) = context.Record.Mcp!.Read();
        Assert.Equal((100, 30), (messages.Count, omitted));
    }

    private static StepPipeline Pipeline(PlanPolicy? policy = null)
    {
        var plan = (policy ?? Compiled).Plan;
        return new StepPipeline(
            policy ?? Compiled,
            [
                new AllowlistStep(plan.Steps.OfType<AllowlistStepPlan>().Single()),
                new SecretsStep(plan.Steps.OfType<SecretsStepPlan>().Single(), [new Secret(plan.Steps.OfType<SecretsStepPlan>().Single().Secrets[0], new SecretValue("the-real-value"))]),
            ],
            TimeProvider.System);
    }

    private static async Task<(StepOutcome Outcome, RequestContext Context)> AskAsync(string? body, string method = "POST", params (string Name, string Value)[] headers)
    {
        var context = Policies.Request(Compiled, Url, headers, new ScriptedBody(body is null ? null : Encoding.UTF8.GetBytes(body)), method);
        return (await Pipeline().RunAsync(context), context);
    }

    private static Task<(Reason? Reason, ResponseContext Response, RequestContext Context)> RespondAsync(string body, params (string Name, string Value)[] headers) =>
        RespondAsync(Encoding.UTF8.GetBytes(body), 200, headers);

    private static Task<(Reason? Reason, ResponseContext Response, RequestContext Context)> RespondAsync(byte[] body, int status, params (string Name, string Value)[] headers) =>
        RespondAsync(new ScriptedResponse(body, 10), status, headers);

    private static Task<(Reason? Reason, ResponseContext Response, RequestContext Context)> RespondAsync(ResponseBody body, int status, params (string Name, string Value)[] headers) =>
        RespondAsync(Compiled, body, status, headers);

    private static async Task<(Reason? Reason, ResponseContext Response, RequestContext Context)> RespondAsync(PlanPolicy policy, ResponseBody body, int status, params (string Name, string Value)[] headers)
    {
        var context = Policies.Request(policy, Url, [], new ScriptedBody(Encoding.UTF8.GetBytes(List)));
        var pipeline = Pipeline(policy);
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = new ResponseContext(context, status, headers.Select(h => KeyValuePair.Create(h.Name, h.Value)), body);
        return (await pipeline.RunAsync(response), response, context);
    }

    private static async Task<string> TextAsync(ResponseContext response) => Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body));

    private static string Answer(RequestContext context) => Encoding.UTF8.GetString(context.Record.DenialBody!);

    private static string[] Messages(RequestContext context) =>
    [
        .. context.Record.Mcp!.Read().Messages.Select(m => string.Join(' ', new[]
        {
            m.FromServer ? "response" : "request", m.Type?.ToString(), m.Method, m.Kind?.Name, m.Name, m.Denied ? "denied" : null, m.Reason?.Code, m.Filtered > 0 ? $"filtered {m.Filtered}" : null,
        }.OfType<string>())),
    ];

    private static byte[] Gzip(string text)
    {
        var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, true))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private static string Call(string tool, string id) => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}"}}""";
}
