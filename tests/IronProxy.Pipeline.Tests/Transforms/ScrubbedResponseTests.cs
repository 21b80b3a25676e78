using System.IO.Compression;
using System.Text;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What of a response reaches the workload when an entry has <c>scrub_responses</c>, and what is refused with <c>scrub_strict</c>.</summary>
public sealed class ScrubbedResponseTests
{
    private const string Real = "sk-live-0123456789";
    private const string Entry = "source: {type: env, var: KEY}, replace: {proxy_value: pk-proxy}, rules: [{host: a.test}]";
    private const string Scrubbing = $"{{{Entry}, scrub_responses: true}}";
    private const string Strict = $"{{{Entry}, scrub_responses: true, scrub_strict: true}}";

    [Fact]
    public async Task A_value_is_taken_out_of_head_body_and_trailers()
    {
        var body = new ScriptedResponse(Bytes($"you sent {Real}."), 3, ("X-Last", Real), ("Content-Digest", "sha-256=:x:"));
        var (reason, response, record) = await RunAsync(Scrubbing, body, [("X-Echo", $"Bearer {Real}"), ("Content-Type", "text/plain"), ("ETag", "\"1\""), ("Content-MD5", "x")]);

        Assert.Null(reason);
        Assert.Equal("you sent pk-proxy.", await TextAsync(response));
        Assert.Null(response.Body.Length);
        Assert.Equal(["X-Echo: Bearer pk-proxy", "Content-Type: text/plain"], response.Headers.Select(h => $"{h.Key}: {h.Value}"));
        Assert.Equal(["X-Last: pk-proxy"], response.Body.Trailers.Select(h => $"{h.Key}: {h.Value}"));
        Assert.Equal("KEY: body, header:X-Echo, trailer:X-Last", Scrubbed(record));
    }

    [Fact]
    public async Task A_header_whose_name_holds_a_value_goes_and_is_not_recorded_by_name()
    {
        var (_, response, record) = await RunAsync(Scrubbing, new ScriptedResponse([]), [($"X-{Real}", "1")]);

        Assert.Empty(response.Headers);
        await TextAsync(response);
        Assert.Equal("KEY: header", Scrubbed(record));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_coding_is_taken_off_first(string coding)
    {
        var packed = new MemoryStream();
        using (Stream stream = coding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, true) : new GZipStream(packed, CompressionLevel.Fastest, true))
        {
            stream.Write(Bytes($"[{Real}]"));
        }

        var (_, response, _) = await RunAsync(Strict, new ScriptedResponse(packed.ToArray()), [("Content-Encoding", coding), ("Content-Type", "text/html; charset=utf-8")]);

        Assert.Equal("[pk-proxy]", await TextAsync(response));
        Assert.Null(response.Headers.Find("Content-Encoding"));
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("image/png")]
    [InlineData("application/octet-stream")]
    public async Task What_is_no_text_keeps_its_length(string type)
    {
        var (_, response, _) = await RunAsync(Strict, Echo(), [("Content-Type", type)]);

        Assert.Equal(Real.Length, response.Body.Length);
        Assert.Equal("pk-proxypk-proxypk", await TextAsync(response));
    }

    [Theory]
    [InlineData("content coding", 200, "Content-Encoding", "compress")]
    [InlineData("content coding", 200, "Content-Encoding", "gzip, compress")]
    [InlineData("charset", 200, "Content-Type", "text/html; charset=utf-16")]
    [InlineData("charset", 200, "Content-Type", "text/html; charset")]
    [InlineData("grpc coding", 200, "grpc-encoding", "gzip")]
    [InlineData("partial content", 206, "Content-Range", "bytes 0-9/18")]
    [InlineData("partial content", 206, "Content-Encoding", "gzip")]
    public async Task What_cannot_be_searched_is_noted_or_refused_and_searched_as_it_is(string note, int status, string header, string value)
    {
        var (reason, response, record) = await RunAsync(Scrubbing, Echo(), [(header, value)], status);

        Assert.Null(reason);
        Assert.Equal(note, record.ResponseSteps[0].Annotations.Single(a => a.Key == "unscrubbed").Value);
        Assert.Equal("pk-proxypk-proxypk", await TextAsync(response));
        Assert.Equal(value, response.Headers.Find(header));

        (reason, _, record) = await RunAsync(Strict, Echo(), [(header, value)], status);
        Assert.Equal(Reason.ResponseUnscrubbable, reason);
        Assert.Equal(note, record.ResponseSteps[0].Annotations.Single().Value);
        Assert.Equal("secrets", record.RejectedBy);
    }

    [Fact]
    public async Task A_websocket_is_noted_or_refused()
    {
        var (reason, response, record) = await RunAsync(Scrubbing, headers: [("X-Echo", Real)], status: 101);

        Assert.Null(reason);
        Assert.Equal("pk-proxy", response.Headers.Find("X-Echo"));
        Assert.Equal("websocket", record.ResponseSteps[0].Annotations[0].Value);
        Assert.Equal(Reason.ResponseUnscrubbable, (await RunAsync(Strict, status: 101)).Reason);
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 304)]
    [InlineData("GET", 204)]
    public async Task Without_a_body_there_is_nothing_that_cannot_be_searched(string method, int status)
    {
        var (reason, response, record) = await RunAsync(Strict, new ScriptedResponse([]), [("Content-Encoding", "compress"), ("X-Echo", Real), ("ETag", "\"1\"")], status, method);

        Assert.Null(reason);
        Assert.Equal("pk-proxy", response.Headers.Find("X-Echo"));
        Assert.Null(response.Headers.Find("ETag"));
        Assert.Empty(record.ResponseSteps[0].Annotations);
    }

    [Theory]
    [InlineData("inject: {header: X-Key}", "***")]
    [InlineData("inject: {header: Authorization, formatter: 'Basic {{ base64 \"user:\" .Value }}'}", "***")]
    [InlineData("replace: {proxy_value: placeholder}", "placeholder")]
    public async Task What_takes_its_place_is_the_placeholder_or_three_stars(string mode, string expected)
    {
        var entry = $"{{source: {{type: env, var: KEY}}, {mode}, rules: [{{host: a.test}}], scrub_responses: true}}";

        Assert.Equal(expected, await TextAsync((await RunAsync(entry, Echo())).Response));
    }

    [Fact]
    public async Task What_a_formatter_hides_in_two_layers_is_found_as_it_was_sent()
    {
        const string Entry = "{source: {type: env, var: KEY}, inject: {header: Authorization, formatter: 'Basic {{ base64 (base64 .Value) }}'}, rules: [{host: a.test}], scrub_responses: true}";
        var sent = "Basic " + Base64(Base64(Real));

        Assert.Equal("***", await TextAsync((await RunAsync(Entry, new ScriptedResponse(Bytes(sent)))).Response));
    }

    [Fact]
    public async Task A_response_in_no_entry_s_scope_is_neither_touched_nor_recorded()
    {
        var body = Echo();
        var (_, response, record) = await RunAsync(Scrubbing, body, [("ETag", "\"1\"")], url: "https://b.test/");
        var (_, other, otherRecord) = await RunAsync($"{{{Entry}}}", body, [("ETag", "\"1\"")]);

        Assert.Same(body, response.Body);
        Assert.Same(body, other.Body);
        Assert.Equal("\"1\"", response.Headers.Find("ETag"));
        Assert.Empty(record.ResponseSteps);
        Assert.Empty(otherRecord.ResponseSteps);
    }

    [Fact]
    public void To_ask_whether_a_response_concerns_the_step_takes_no_memory()
    {
        var policy = PolicyOf(Scrubbing);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        IResponseStep step = new SecretsStep(plan, [new Secret(plan.Secrets[0], new SecretValue(Real))]);
        var request = Policies.Request(policy, "https://b.test/");
        Assert.False(step.Concerns(request));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(step.Concerns(request));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task A_response_in_one_entry_s_scope_is_searched_for_the_values_of_all()
    {
        var entries = $$"""
            {source: {type: env, var: OTHER}, replace: {proxy_value: pk-other}, rules: [{host: b.test}], scrub_responses: true},
            {source: {type: env, var: THIRD}, replace: {proxy_value: pk-third}, rules: [{host: a.test}]},
            {{Scrubbing}}
            """;
        var secrets = (Dictionary<string, string>)new() { ["OTHER"] = "other-real-value", ["THIRD"] = "third-real-value", ["KEY"] = Real };
        var (_, response, _) = await RunAsync(entries, new ScriptedResponse(Bytes($"other-real-value third-real-value {Real}")), secrets: p => new Secret(p, new SecretValue(secrets[p.Name])));

        Assert.Equal("pk-other third-real-value pk-proxy", await TextAsync(response));
    }

    [Fact]
    public async Task A_value_that_was_replaced_is_still_taken_out_and_the_one_before_it_is_not()
    {
        var policy = PolicyOf(Scrubbing);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var live = new ChangingSecret(plan.Secrets[0]);
        var step = new SecretsStep(plan, [live]);

        live.Set("first-real-value");
        var (request, pipeline) = (Policies.Request(policy, "https://a.test/"), new StepPipeline(policy, [new Allowed(), step], TimeProvider.System));
        await pipeline.RunAsync(request);
        live.Set("second-real-value");
        Assert.Equal("pk-proxy pk-proxy", await AnswerAsync());
        live.Set("second-real-value");
        Assert.Equal("pk-proxy pk-proxy", await AnswerAsync());
        live.Set("third-real-value!");
        Assert.Equal("first-real-value pk-proxy", await AnswerAsync());
        live.Set(null);
        Assert.Equal("first-real-value pk-proxy", await AnswerAsync());

        async Task<string> AnswerAsync()
        {
            var response = new ResponseContext(request, 200, [], new ScriptedResponse("first-real-value second-real-value"u8.ToArray()));
            Assert.Null(await pipeline.RunAsync(response));
            return await TextAsync(response);
        }
    }

    /// <summary>A stream of events can last longer than a value, and tell what another request was sent.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_value_that_changes_while_a_response_lasts_is_taken_out_of_the_rest(int piece)
    {
        var policy = PolicyOf(Scrubbing);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var live = new ChangingSecret(plan.Secrets[0]);
        var pipeline = new StepPipeline(policy, [new Allowed(), new SecretsStep(plan, [live])], TimeProvider.System);
        live.Set("first-real-value");
        var request = Policies.Request(policy, "https://a.test/");
        await pipeline.RunAsync(request);
        var response = new ResponseContext(request, 200, [], new ScriptedResponse("begin first-real-value, second-real-value, third-real-value! end"u8.ToArray(), piece));
        Assert.Null(await pipeline.RunAsync(response));

        var text = new StringBuilder();
        foreach (var value in (string[])["second-real-value", "third-real-value!"])
        {
            text.Append(await ReadAsync());
            live.Set(value);
            await pipeline.RunAsync(Policies.Request(policy, "https://a.test/", [("Authorization", "pk-proxy")]));
        }

        while (await ReadAsync() is { Length: > 0 } more)
        {
            text.Append(more);
        }

        Assert.Equal("begin pk-proxy, pk-proxy, pk-proxy end", text.ToString());

        async Task<string> ReadAsync()
        {
            var buffer = new byte[3];
            return Encoding.ASCII.GetString(buffer, 0, await response.Body.ReadAsync(buffer, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_value_that_was_never_there_refuses_the_response()
    {
        var policy = PolicyOf(Scrubbing);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var request = Policies.Request(policy, "https://a.test/");

        Assert.Equal(
            Reason.CredentialUnavailable,
            (await new SecretsStep(plan, [new ChangingSecret(plan.Secrets[0])]).RunAsync(new ResponseContext(request, 200, [], Echo()))).Rejection);
    }

    [Theory]
    [InlineData("1234567", true)]
    [InlineData(" 1234567 ", true)]
    [InlineData("\u00e41234567", false)]
    [InlineData("12345678", false)]
    public void A_value_under_8_bytes_ends_the_start(string value, bool refused)
    {
        var plan = PolicyOf($"{{source: {{type: env, var: KEY}}, replace: {{proxy_value: placeholder, match_body: true}}, rules: [{{host: a.test}}], scrub_responses: true}}")
            .Plan.Steps.OfType<SecretsStepPlan>().Single().Secrets[0];

        Assert.Equal(refused, new Secret(plan, new SecretValue(value)).FindProblem() is { } problem && problem.Contains("less than 8 bytes", StringComparison.Ordinal));
        Assert.Null(new Secret(plan with { ScrubResponses = null }, new SecretValue(value)).FindProblem());
    }

    private static ScriptedResponse Echo() => new(Bytes(Real));

    private static PlanPolicy PolicyOf(string entries) => Policies.Compile($$"""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - {name: allowlist, config: {domains: [a.test, b.test]} }
          - name: secrets
            config:
              secrets: [{{entries.ReplaceLineEndings(" ")}}]
        """);

    private static async Task<(Reason? Reason, ResponseContext Response, DecisionRecord Record)> RunAsync(
        string entries, ScriptedResponse? body = null, (string Name, string Value)[]? headers = null, int status = 200, string method = "GET", string url = "https://a.test/",
        Func<SecretPlan, ILive<Secret>>? secrets = null)
    {
        var policy = PolicyOf(entries);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var step = new SecretsStep(plan, [.. plan.Secrets.Select(secrets ?? (p => new Secret(p, new SecretValue(Real))))]);
        var pipeline = new StepPipeline(policy, [new Allowed(), step], TimeProvider.System);
        var request = Policies.Request(policy, url, method: method);
        Assert.True((await pipeline.RunAsync(request)).Continues);
        var response = new ResponseContext(request, status, (headers ?? []).Select(h => KeyValuePair.Create(h.Name, h.Value)), body ?? Echo());
        return (await pipeline.RunAsync(response), response, request.Record);
    }

    private static async Task<string> TextAsync(ResponseContext response) => Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body));

    private static string Scrubbed(DecisionRecord record)
    {
        record.Finish();
        var uses = (IEnumerable<SecretUse>)record.ResponseSteps[0].Annotations.Single(a => a.Key == "scrubbed").Value;
        return string.Join("; ", uses.Select(u => $"{u.Secret}: {string.Join(", ", u.Locations.Order(StringComparer.Ordinal))}"));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Base64(string text) => Convert.ToBase64String(Bytes(text));

    private sealed class Allowed : IRequestStep
    {
        public string Name => "allowlist";

        public ValueTask<StepOutcome> RunAsync(RequestContext context) => new(StepOutcome.Continue);
    }

    /// <summary>A secret that is read anew each time.</summary>
    private sealed class ChangingSecret(SecretPlan plan) : ILive<Secret>
    {
        private Secret? _secret;

        public void Set(string? value) => _secret = value is null ? null : new Secret(plan, new SecretValue(value));

        public ValueTask<Secret> GetAsync(CancellationToken cancellation) => new(_secret ?? throw new SecretUnavailableException("It is not there."));
    }
}
