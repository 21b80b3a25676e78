using System.Text;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What is shown to a server of a grpc transform, and which of its answers are applied. The end-to-end tests have a server that is not of this project.</summary>
public sealed class GrpcStepTests
{
    private static readonly Dictionary<string, string> NoAnnotations = [];

    [Fact]
    public async Task The_server_sees_what_is_there_without_framing()
    {
        var server = new Server();
        var context = Request(out var pipeline, server, "send_request_body: true", headers: [("Accept", "a"), ("X-Two", "1"), ("x-two", "2"), ("Host", "other"), ("X-Text", "caf\u00c3\u00a9"), ("Expect", "100-continue")], body: "text");

        Assert.True((await pipeline.RunAsync(context)).Continues);
        var request = Assert.Single(server.Questions).Request;
        Assert.Equal(("POST", "https://api.example.com/v1/x?a=1", "api.example.com", "text"), (request.Method, request.Url, request.Host, Text(request.Body)));
        Assert.Equal(["Accept: a", "X-Two: 1|2", "X-Text: café"], request.Headers.Select(Line));
        Assert.Equal(["grpc.instance=policy"], Notes(context));
    }

    [Fact]
    public async Task Bodies_stay_where_they_are_unless_they_are_asked_for()
    {
        var server = new Server();
        var context = Request(out var pipeline, server, body: "text");

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Null(server.Questions[0].Request.Body);
        Assert.Null(context.Body.InMemory);
    }

    [Fact]
    public async Task Requests_out_of_scope_are_not_shown()
    {
        var server = new Server();
        var context = Request(out var pipeline, server, url: "https://api.example.com/other");

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Empty(server.Questions);
        Assert.Empty(context.Record.Steps[^1].Annotations);
    }

    [Fact]
    public async Task A_modified_request_is_sent_and_what_stays_the_same_stays_byte_for_byte()
    {
        var server = new Server(q => Continue(q.Request with
        {
            Url = "https://api.example.com/v1/y?b=2",
            Headers = [.. q.Request.Headers.Where(h => h.Name != "Accept"), new ShownHeader("X-Added", ["é", "2"]), new ShownHeader("Content-Length", ["5"])],
            Body = Bytes("other"),
        }));
        var context = Request(out var pipeline, server, "send_request_body: true", headers: [("ACCEPT", "a"), ("x-latin", "\u00e9")], body: "text");

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(("/v1/y", "?b=2", "other"), (context.Path, context.Query, Text(context.Body.InMemory)));
        Assert.Equal(["x-latin: \u00e9", "X-Added: \u00c3\u00a9", "X-Added: 2"], context.Headers.Select(h => $"{h.Key}: {h.Value}"));
        Assert.Equal(["grpc.instance=policy", "grpc.modified=header:Accept,header:X-Added,path,query,body"], Notes(context));
    }

    [Fact]
    public async Task A_body_is_replaced_that_the_server_was_not_shown()
    {
        var server = new Server(q => Continue(q.Request with { Body = Bytes("") }));
        var body = new ScriptedBody(Encoding.UTF8.GetBytes("text"), piece: 1);
        var context = Request(out var pipeline, server, body: body);

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(("", true), (Text(context.Body.InMemory), context.Body.Consumed));
    }

    [Theory]
    [InlineData("method", "it changes the method")]
    [InlineData("host", "it changes the host")]
    [InlineData("scheme", "its URL leads elsewhere")]
    [InlineData("url host", "its URL leads elsewhere")]
    [InlineData("port", "its URL leads elsewhere")]
    [InlineData("dots", "its URL has a path or query that is refused")]
    [InlineData("rule", "its URL has a path that a rule tells from the one that was judged")]
    [InlineData("override", "it makes a request that servers may read in different ways")]
    [InlineData("framing", "it sets a header of framing, routing or the connection")]
    [InlineData("length", "it sets a header of framing, routing or the connection")]
    [InlineData("hop", "it sets a header of framing, routing or the connection")]
    [InlineData("name", "it has a header whose name is none")]
    [InlineData("value", "it has a header with a value that cannot be sent")]
    [InlineData("blank", "it has a header with a value that cannot be sent")]
    [InlineData("cases", "it has a header twice, in two letter cases")]
    [InlineData("many", "it has more headers than a head may have")]
    [InlineData("large", "its body is larger than a step may hold")]
    public async Task What_policy_would_not_see_is_not_applied(string what, string problem)
    {
        ShownRequest Modify(ShownRequest r) => what switch
        {
            "method" => r with { Method = "PUT" },
            "host" => r with { Host = "other.example.com" },
            "scheme" => r with { Url = "http://api.example.com/v1/x" },
            "url host" => r with { Url = "https://other.example.com/v1/x" },
            "port" => r with { Url = "https://api.example.com:8443/v1/x" },
            "dots" => r with { Url = "https://api.example.com/v1/../admin" },
            "rule" => r with { Url = "/other" },
            "override" => r with { Headers = [new ShownHeader("X-Original-URL", ["/other"])] },
            "framing" => r with { Headers = [new ShownHeader("Transfer-Encoding", ["chunked"])] },
            "length" => r with { Headers = [new ShownHeader("content-length", ["3"])] },
            "hop" => r with { Headers = [new ShownHeader("Connection", ["Accept"])] },
            "name" => r with { Headers = [new ShownHeader("X Y", ["1"])] },
            "value" => r with { Headers = [new ShownHeader("X-Y", ["1\r\nX-Z: 2"])] },
            "blank" => r with { Headers = [new ShownHeader("X-Y", [" 1"])] },
            "cases" => r with { Headers = [new ShownHeader("X-Y", ["1"]), new ShownHeader("x-y", ["2"])] },
            "many" => r with { Headers = [new ShownHeader("X-Y", [.. Enumerable.Repeat("1", 201)])] },
            "large" => r with { Body = new byte[101] },
            _ => throw new InvalidOperationException(what),
        };

        var context = Request(out var pipeline, new Server(q => Continue(Modify(q.Request))), "send_request_body: true", body: "text");
        var outcome = await pipeline.RunAsync(context);

        Assert.Equal((Reason.TransformInvalid, "grpc"), (outcome.Rejection, context.Record.RejectedBy));
        Assert.Equal(["grpc.instance=policy", $"grpc.error={problem}"], Notes(context));
    }

    [Fact]
    public async Task A_body_for_a_request_without_one_is_not_applied()
    {
        var context = Request(out var pipeline, new Server(q => Continue(q.Request with { Body = Bytes("x") })));
        Assert.Equal(Reason.TransformInvalid, (await pipeline.RunAsync(context)).Rejection);
    }

    [Fact]
    public async Task Bodies_share_the_memory_that_there_is()
    {
        var context = Request(out var pipeline, new Server(q => Continue(q.Request with { Body = Bytes(new string('x', 50)) })), "send_request_body: true", body: new ScriptedBody(new byte[50], memory: 60));
        Assert.Equal(Reason.BodyMemory, (await pipeline.RunAsync(context)).Rejection);
    }

    [Fact]
    public async Task Headers_that_are_not_allowed_are_neither_shown_nor_lost_nor_set()
    {
        var server = new Server(q => Continue(q.Request with { Headers = [new ShownHeader("x-trace-id", ["2"])] }));
        var context = Request(out var pipeline, server, "allowed_headers: [accept, \"/^X-Trace-/\"]", headers: [("Accept", "a"), ("Cookie", "c"), ("X-Trace-Id", "1")]);

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(["Accept: a", "X-Trace-Id: 1"], server.Questions[0].Request.Headers.Select(Line));
        Assert.Equal(["Cookie: c", "x-trace-id: 2"], context.Headers.Select(h => $"{h.Key}: {h.Value}"));

        context = Request(out pipeline, new Server(q => Continue(q.Request with { Headers = [new ShownHeader("Cookie", ["d"])] })), "allowed_headers: [accept]");
        Assert.Equal(Reason.TransformInvalid, (await pipeline.RunAsync(context)).Rejection);
        Assert.Contains("grpc.error=it sets a header that is not in allowed_headers", Notes(context));
    }

    [Fact]
    public async Task A_body_with_a_content_coding_is_read_by_later_steps_as_its_head_says()
    {
        var coded = Convert.FromBase64String("H4sIAAAAAAAAA0vLzwcAIWVzjAMAAAA="); // gzip of "foo".
        var server = new Server(q => Continue(q.Request with { Body = coded, Headers = [new ShownHeader("Content-Encoding", ["gzip"])] }));
        var context = Request(out var pipeline, server, "send_request_body: true", body: "text");

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal("foo", Text((await context.ReadDecodedBodyAsync()).Bytes));
    }

    [Theory]
    [InlineData(0, 403)]
    [InlineData(429, 429)]
    [InlineData(200, 200)]
    public async Task A_rejection_may_have_words_of_its_own(int status, int expected)
    {
        var server = new Server(_ => new TransformAnswer(true, null, new ShownResponse(status, [new ShownHeader("Retry-After", ["5"])], Bytes("slow down")), NoAnnotations));
        var context = Request(out var pipeline, server);
        var outcome = await pipeline.RunAsync(context);

        Assert.Equal((Reason.TransformRejected, "grpc"), (outcome.Rejection, context.Record.RejectedBy));
        Assert.Equal((expected, "slow down"), (outcome.Answer!.Status, Text(outcome.Answer.Body)));
        Assert.Equal([KeyValuePair.Create("Retry-After", "5")], outcome.Answer.Headers);
    }

    [Theory]
    [InlineData(101, "a")]
    [InlineData(600, "a")]
    [InlineData(403, "a\nb")]
    public async Task Words_that_cannot_be_sent_are_not(int status, string value)
    {
        var server = new Server(_ => new TransformAnswer(true, null, new ShownResponse(status, [new ShownHeader("X-Y", [value])], null), NoAnnotations));
        var outcome = await RunAsync(server);
        Assert.Equal((Reason.TransformInvalid, null), (outcome.Rejection, outcome.Answer));
    }

    [Fact]
    public async Task A_rejection_without_words_has_the_proxys() =>
        Assert.Equal((Reason.TransformRejected, null), await RunAsync(new Server(_ => new TransformAnswer(true, null, null, NoAnnotations))) is var o ? (o.Rejection, o.Answer) : default);

    [Fact]
    public async Task Without_an_answer_the_request_is_refused()
    {
        var context = Request(out var pipeline, new Server(_ => throw new TransformServerException(Reason.TransformUnavailable, "it cannot be reached")));
        Assert.Equal(Reason.TransformUnavailable, (await pipeline.RunAsync(context)).Rejection);
        Assert.Equal(["grpc.instance=policy", "grpc.error=it cannot be reached"], Notes(context));
    }

    [Fact]
    public async Task What_the_server_says_is_recorded_as_far_as_it_is_short_and_not_under_names_of_ours()
    {
        var annotations = new Dictionary<string, string> { ["b"] = new('x', 2000), ["a.team-1"] = "t", ["grpc.error"] = "forged", ["with blank"] = "x", [""] = "x" };
        var context = Request(out var pipeline, new Server(_ => new TransformAnswer(false, null, null, annotations)));

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(["grpc.instance=policy", "a.team-1=t", "b=" + new string('x', 1024), "grpc.withheld=3"], Notes(context));
    }

    [Fact]
    public async Task What_a_server_says_that_sees_real_values_is_not_recorded()
    {
        var context = Request(out var pipeline, new Server(_ => new TransformAnswer(false, null, null, new Dictionary<string, string> { ["a"] = "b" })));
        context.Record.SecretsUsed = 1;

        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(["grpc.instance=policy", "grpc.withheld=1"], Notes(context));
    }

    [Fact]
    public async Task Beside_a_response_the_request_is_shown_as_it_was_at_the_transforms_place()
    {
        var server = new Server(q => q.Response is null ? Continue(q.Request with { Headers = [new ShownHeader("X-Added", ["1"])] }) : new TransformAnswer(false, null, null, NoAnnotations));
        var context = Request(out var pipeline, server, headers: [("Accept", "a")]);
        Assert.True((await pipeline.RunAsync(context)).Continues);
        context.Headers.Set("Authorization", "a real value"); // As a step behind it would.

        var response = Response(context, "text");
        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal(["X-Added: 1"], server.Questions[1].Request.Headers.Select(Line));
        Assert.Equal((200, null), (server.Questions[1].Response!.Status, Text(server.Questions[1].Response!.Body)));
        Assert.Equal("text", Text(await ScriptedResponse.ReadAllAsync(response.Body)));
    }

    [Fact]
    public async Task A_modified_response_is_sent()
    {
        var server = new Server(q => q.Response is not { } r ? Continue(null) : new TransformAnswer(false, null, r with { Status = 202, Headers = [new ShownHeader("X-Added", ["1"])], Body = Bytes($"({Text(r.Body)})") }, NoAnnotations));
        var context = Request(out var pipeline, server, "send_response_body: true");
        Assert.True((await pipeline.RunAsync(context)).Continues);

        var response = Response(context, "text", ("Content-Type", "text/plain"));
        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal((202, 6L, "(text)"), (response.Status, response.Body.Length, Text(await ScriptedResponse.ReadAllAsync(response.Body))));
        Assert.Equal([KeyValuePair.Create("X-Added", "1")], response.Headers);
        Assert.Equal("grpc.modified=header:Content-Type,header:X-Added,status,body", Assert.Single(context.Record.ResponseSteps).Annotations.Select(Note).Last());
    }

    [Fact]
    public async Task Trailers_stay_behind_a_body_that_was_shown()
    {
        var context = Request(out var pipeline, new Server(q => q.Response is null ? Continue(null) : new TransformAnswer(false, null, null, NoAnnotations)), "send_response_body: true");
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = new ResponseContext(context, 200, [], new ScriptedResponse("text"u8.ToArray(), piece: 1, ("X-Sum", "1")));

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal("text", Text(await ScriptedResponse.ReadAllAsync(response.Body)));
        Assert.Equal([KeyValuePair.Create("X-Sum", "1")], response.Body.Trailers);
    }

    [Theory]
    [InlineData("reject", "transform_rejected")]
    [InlineData("status", "transform_invalid")]
    [InlineData("header", "transform_invalid")]
    [InlineData("body", "transform_invalid")]
    [InlineData("silence", "transform_unavailable")]
    public async Task A_response_that_may_not_go_on_does_not(string what, string reason)
    {
        TransformAnswer Answer(ShownResponse r) => what switch
        {
            "reject" => new TransformAnswer(true, null, null, NoAnnotations),
            "status" => new TransformAnswer(false, null, r with { Status = 99 }, NoAnnotations),
            "header" => new TransformAnswer(false, null, r with { Headers = [new ShownHeader("Transfer-Encoding", ["chunked"])] }, NoAnnotations),
            "body" => new TransformAnswer(false, null, r with { Body = new byte[101] }, NoAnnotations),
            _ => throw new TransformServerException(Reason.TransformUnavailable, "it did not answer in time"),
        };

        var context = Request(out var pipeline, new Server(q => q.Response is { } r ? Answer(r) : Continue(null)));
        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(reason, (await pipeline.RunAsync(Response(context, "text")))?.Code);
        Assert.Equal("grpc", context.Record.RejectedBy);
    }

    [Fact]
    public async Task The_words_of_a_rejected_response_stand_in_its_place()
    {
        var context = Request(out var pipeline, new Server(q => q.Response is null ? Continue(null) : new TransformAnswer(true, null, new ShownResponse(451, [], Bytes("no")), NoAnnotations)));
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = Response(context, "text", ("Set-Cookie", "a=b"));

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal((Reason.TransformRejected, 451, "no"), (response.Rejection, response.Status, Text(await ScriptedResponse.ReadAllAsync(response.Body))));
        Assert.Empty(response.Headers);
    }

    [Fact]
    public async Task A_response_that_is_too_long_to_be_shown_is_refused()
    {
        var context = Request(out var pipeline, new Server(), "send_response_body: true");
        Assert.True((await pipeline.RunAsync(context)).Continues);
        Assert.Equal(Reason.ResponseTooLarge, await pipeline.RunAsync(Response(context, new string('x', 101))));
    }

    private static async Task<StepOutcome> RunAsync(Server server)
    {
        var context = Request(out var pipeline, server);
        return await pipeline.RunAsync(context);
    }

    private static RequestContext Request(
        out StepPipeline pipeline, Server server, string more = "", string url = "https://api.example.com/v1/x?a=1", (string Name, string Value)[]? headers = null, object? body = null)
    {
        var policy = Policies.Compile($$"""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            proxy: {max_request_body_bytes: 100, max_response_body_bytes: 100}
            transforms:
              - name: allowlist
                config: {domains: ["*.example.com"]}
              - name: grpc
                config:
                  name: policy
                  target: "localhost:9500"
                  rules: [{host: api.example.com, paths: ["/v1/*"]}]
                  {{more}}
            """);
        pipeline = new StepPipeline(policy, [.. policy.Plan.Steps.Select(s => StepRegistry.Create(s, new Services(server))!)], TimeProvider.System); // Both run.
        return Policies.Request(policy, url, headers, body is string text ? new ScriptedBody(Encoding.UTF8.GetBytes(text)) : (RequestBody?)body);
    }

    private static ResponseContext Response(RequestContext context, string body, params (string Name, string Value)[] headers) =>
        new(context, 200, headers.Select(h => KeyValuePair.Create(h.Name, h.Value)), new ScriptedResponse(Encoding.UTF8.GetBytes(body)));

    private static TransformAnswer Continue(ShownRequest? request) => new(false, request, null, NoAnnotations);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? Encoding.UTF8.GetString(b.Span) : null;

    private static string Line(ShownHeader header) => $"{header.Name}: {string.Join('|', header.Values)}";

    private static IEnumerable<string> Notes(RequestContext context) => context.Record.Steps[^1].Annotations.Select(Note);

    private static string Note(KeyValuePair<string, object> note) => $"{note.Key}={(note.Value is IEnumerable<string> several ? string.Join(',', several) : note.Value)}";

    private sealed class Server(Func<TransformQuestion, TransformAnswer>? answer = null) : ITransformServer
    {
        public List<TransformQuestion> Questions { get; } = [];

        public Task<TransformAnswer> AskAsync(TransformQuestion question, CancellationToken cancellation)
        {
            Questions.Add(question);
            return Task.FromResult(answer?.Invoke(question) ?? Continue(null));
        }

        public void Dispose()
        {
        }
    }

    private sealed class Services(Server server) : NoServices
    {
        public override IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

        public override ITransformServer TransformServer(TransformServerAddress address) => server;

        public override string? MachineVariable(string name) => null;
    }
}
