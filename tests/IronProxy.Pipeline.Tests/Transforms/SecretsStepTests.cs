using System.IO.Compression;
using System.Text;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What becomes of a request's head and body when a value takes its place there, and what value cannot.</summary>
public sealed class SecretsStepTests
{
    private const int BodyLimit = 1024 * 1024;
    private const string Placeholder = "placeholder-1";
    private const string Replace = $"replace: {{proxy_value: {Placeholder}}}";
    private const string ReplaceEverywhere = $"replace: {{proxy_value: {Placeholder}, match_body: true, match_path: true, match_query: true, require: true}}";
    private const string Beyond = "p\u00e4ss-\u20ac-word";

    [Fact]
    public async Task A_placeholder_in_Basic_credentials_is_swapped_and_satisfies_require()
    {
        var (outcome, context) = await RunAsync(ReplaceEverywhere, "real", headers: [("authorization", "Basic " + Base64("us\u00e9r:" + Placeholder))]);

        Assert.Null(outcome.Rejection);
        Assert.Equal("Basic " + Base64("us\u00e9r:real"), context.Headers[0].Value);
    }

    [Fact]
    public async Task Without_the_placeholder_Basic_credentials_do_not_satisfy_require()
    {
        var (outcome, _) = await RunAsync(ReplaceEverywhere, "real", headers: [("Authorization", "Basic " + Base64("user:own"))]);

        Assert.Equal(Reason.SecretRequired, outcome.Rejection);
    }

    [Theory]
    [InlineData("inject: {header: X-Key}", Beyond)]
    [InlineData("inject: {header: X-Key, formatter: 'Bearer {{ .Value }}'}", "\u00e9")]
    [InlineData("inject: {header: X-Key, formatter: 'B\u00e9arer {{ .Value }}'}", "ascii")]
    [InlineData(Replace, Beyond)]
    [InlineData("inject: {header: X-Key}", "two\nlines")]
    [InlineData(Replace, "nul\0")]
    [InlineData(ReplaceEverywhere, "delete\u007f")]
    public void A_value_that_cannot_be_sent_where_it_goes_is_a_problem_and_not_shown(string mode, string value)
    {
        var plan = PolicyOf(mode).Plan.Steps.OfType<SecretsStepPlan>().Single();

        var problem = new Secret(plan.Secrets[0], new SecretValue(value)).FindProblem();

        Assert.Contains("The secret KEY of line 7", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(value, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inject: {query_param: key}", Beyond)]
    [InlineData(ReplaceEverywhere, Beyond)]
    [InlineData("inject: {header: X-Key}", "ascii")]
    public void A_value_that_can_is_none(string mode, string value) =>
        Assert.Null(new Secret(PolicyOf(mode).Plan.Steps.OfType<SecretsStepPlan>().Single().Secrets[0], new SecretValue(value)).FindProblem());

    [Fact]
    public async Task A_template_can_make_a_value_fit_for_a_header()
    {
        var (_, context) = await RunAsync("inject: {header: X-Key, formatter: 'Basic {{ base64 \"user:\" .Value }}'}", Beyond);

        Assert.Equal("Basic " + Base64("user:" + Beyond), context.Headers[0].Value);
    }

    [Fact]
    public async Task A_query_parameter_holds_the_bytes_of_the_source()
    {
        var (_, context) = await RunAsync("inject: {query_param: key}", Beyond);

        Assert.Equal("?key=p%C3%A4ss-%E2%82%AC-word", context.Query);
    }

    [Fact]
    public async Task Path_query_body_and_Basic_credentials_hold_the_bytes_of_the_source()
    {
        var (outcome, context) = await RunAsync(
            ReplaceEverywhere, Beyond, $"/{Placeholder}?k={Placeholder}", [("Authorization", "Basic " + Base64("user:" + Placeholder))], Placeholder);

        Assert.Null(outcome.Rejection);
        Assert.Equal("/p%C3%A4ss-%E2%82%AC-word", context.Path);
        Assert.Equal("?k=p%C3%A4ss-%E2%82%AC-word", context.Query);
        Assert.Equal("Basic " + Base64("user:" + Beyond), context.Headers[0].Value);
        Assert.Equal(Encoding.UTF8.GetBytes(Beyond), context.Body.InMemory);
    }

    [Fact]
    public async Task A_value_for_bodies_does_not_go_into_a_header()
    {
        var (outcome, context) = await RunAsync(ReplaceEverywhere, Beyond, headers: [("X-Key", Placeholder)]);

        Assert.Equal(Reason.SecretBeyondAscii, outcome.Rejection);
        Assert.Equal(Placeholder, context.Headers[0].Value);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", $"a={Placeholder}&b=1", "a=a%2Bb%26scope%3Dadmin%22&b=1")]
    [InlineData("application/json", $$"""{"a":"{{Placeholder}}"}""", """{"a":"a+b&scope=admin\""}""")]
    [InlineData("application/vnd.api+json", $$"""{"a":"{{Placeholder}}"}""", """{"a":"a+b&scope=admin\""}""")]
    [InlineData("multipart/form-data; boundary=x", $"--x {Placeholder}", "--x a+b&scope=admin\"")]
    [InlineData("text/plain", Placeholder, "a+b&scope=admin\"")]
    public async Task A_value_stays_one_value_in_a_body(string contentType, string body, string expected)
    {
        var (outcome, context) = await RunAsync(ReplaceEverywhere, "a+b&scope=admin\"", headers: [("Content-Type", contentType)], body: body);

        Assert.Null(outcome.Rejection);
        Assert.Equal(expected, Encoding.UTF8.GetString(context.Body.InMemory!));
    }

    [Fact]
    public async Task The_limit_of_bodies_holds_for_what_would_be_sent_and_is_asked_before_it_is_made()
    {
        var body = string.Concat(Enumerable.Repeat(Placeholder, BodyLimit / Placeholder.Length));
        var value = new string('k', 1400);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var running = RunAsync(ReplaceEverywhere, value, body: body);

        Assert.True(running.IsCompleted); // All of it was done by this thread.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (long)BodyLimit / Placeholder.Length * value.Length / 2);
        Assert.Equal(Reason.BodyTooLarge, (await running).Outcome.Rejection);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "body_too_large")]
    public async Task A_swapped_body_may_have_exactly_the_limit(int more, string? reason)
    {
        var (outcome, _) = await RunAsync(ReplaceEverywhere, new string('k', 100), body: new string('a', BodyLimit - 100 + more) + Placeholder);

        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Theory]
    [InlineData(113, null)]
    [InlineData(112, "body_memory")]
    public async Task A_swapped_body_takes_from_the_memory_of_all_bodies(long memory, string? reason)
    {
        var (outcome, _) = await RunAsync(ReplaceEverywhere, new string('k', 100), body: Placeholder, memory: memory);

        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Fact]
    public async Task So_does_a_body_that_is_unpacked_to_be_scanned()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[10_000]);
        }

        var (outcome, _) = await RunAsync(
            ReplaceEverywhere, "real", headers: [("Content-Encoding", "gzip")], body: Encoding.Latin1.GetString(packed.ToArray()), memory: 5_000, encoding: Encoding.Latin1);

        Assert.Equal(Reason.BodyMemory, outcome.Rejection);
    }

    [Theory]
    [InlineData("header")]
    [InlineData("credentials")]
    [InlineData("path")]
    [InlineData("query")]
    public async Task A_head_does_not_become_a_flood(string place)
    {
        var many = string.Concat(Enumerable.Repeat(Placeholder, 100));
        var (outcome, _) = await RunAsync(
            ReplaceEverywhere,
            new string('k', 8000),
            place == "path" ? "/" + many : place == "query" ? "/?" + many : "/",
            place == "header" ? [("X-Key", many)] : place == "credentials" ? [("Authorization", "Basic " + Base64(many))] : []);

        Assert.Equal(Reason.HeadTooLarge, outcome.Rejection);
    }

    [Fact]
    public async Task Steps_behind_it_match_the_path_as_it_was_sent()
    {
        var policy = Policies.Compile($$"""
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            transforms:
              - { name: allowlist, config: { domains: [api.example.com] } }
              - name: secrets
                config: { secrets: [
                  { source: { type: env, var: KEY }, rules: [{ host: api.example.com }], {{ReplaceEverywhere}} }] }
              - { name: header_allowlist, config: { headers: [X-Kept], rules: [{ host: api.example.com, paths: ["/{{Placeholder}}/*"] }] } }
              - { name: header_allowlist, config: { headers: [X-None], rules: [{ host: api.example.com, paths: ["/real/*"] }] } }
            """);
        var secrets = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var context = Policies.Request(policy, $"https://api.example.com/{Placeholder}/x", [("X-Kept", "1"), ("X-Other", "2")]);
        IRequestStep[] steps =
        [
            new SecretsStep(secrets, [new Secret(secrets.Secrets[0], new SecretValue("real"))]),
            .. policy.Plan.Steps.OfType<HeaderAllowlistStepPlan>().Select(s => new HeaderAllowlistStep(s)),
        ];

        var outcome = await new StepPipeline(policy, steps, TimeProvider.System).RunAsync(context);

        Assert.True(outcome.Continues);
        Assert.Equal("/real/x", context.Path);
        Assert.Equal(["X-Kept"], context.Headers.Select(h => h.Key));
    }

    [Fact]
    public async Task Steps_behind_it_record_what_the_workload_sent()
    {
        var policy = Policies.Compile($$"""
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            transforms:
              - { name: allowlist, config: { domains: [api.example.com] } }
              - name: secrets
                config: { secrets: [
                  { source: { type: env, var: KEY }, rules: [{ host: api.example.com }], {{ReplaceEverywhere}} }] }
              - { name: annotate, config: { annotations: [{ headers: [X-Key] }] } }
              - { name: body_capture, config: {} }
            """);
        var secrets = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var context = Policies.Request(policy, "https://api.example.com/", [("X-Key", Placeholder)], new ScriptedBody(Encoding.ASCII.GetBytes($"key={Placeholder}")));
        IRequestStep[] steps =
        [
            new SecretsStep(secrets, [new Secret(secrets.Secrets[0], new SecretValue("real"))]),
            new AnnotateStep(policy.Plan.Steps.OfType<AnnotateStepPlan>().Single()),
            new BodyCaptureStep(policy.Plan.Steps.OfType<BodyCaptureStepPlan>().Single()),
        ];

        await new StepPipeline(policy, steps, TimeProvider.System).RunAsync(context);
        context.Record.Finish();

        Assert.Equal("real", context.Headers[0].Value);
        Assert.Equal("key=real", Encoding.ASCII.GetString(context.Body.InMemory!));
        Assert.Equal(
            [("header:X-Key", Placeholder), ("request_body", $"key={Placeholder}")],
            context.Record.Steps.Skip(1).SelectMany(s => s.Annotations).Select(a => (a.Key, (string)a.Value)));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static PlanPolicy PolicyOf(string mode) => Policies.Compile($$"""
        tls: { ca_cert: ca.crt, ca_key: ca.key }
        proxy: { max_request_body_bytes: {{BodyLimit}} }
        transforms:
          - { name: allowlist, config: { domains: [api.example.com] } }
          - name: secrets
            config: { secrets: [
              { source: { type: env, var: KEY }, rules: [{ host: api.example.com }], {{mode}} }] }
        """);

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(
        string mode, string value, string target = "/", (string Name, string Value)[]? headers = null, string? body = null, long memory = 1L << 30, Encoding? encoding = null)
    {
        var policy = PolicyOf(mode);
        var plan = policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        var step = new SecretsStep(plan, [.. plan.Secrets.Select(s => new Secret(s, new SecretValue(value)))]);
        var context = Policies.Request(
            policy, "https://api.example.com" + target, headers, new ScriptedBody(body is null ? null : (encoding ?? Encoding.UTF8).GetBytes(body), memory));
        return (await new StepPipeline(policy, [step], TimeProvider.System).RunAsync(context), context);
    }
}
