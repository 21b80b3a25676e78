using System.Text;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>Signatures as <c>openssl dgst -hmac 'a key with bytes'</c> makes them, at 2026-01-02T03:04:05Z.</summary>
public sealed class HmacSignStepTests
{
    private const string Key = "a key with bytes";
    private const string Base64Key = "YSBrZXkgd2l0aCBieXRlcw==";
    private const string HexKey = "61206b65792077697468206279746573";
    private const string Seconds = "1767323045";
    private const string Headers = "headers: [{name: X-Signature, value: '{{.Signature}}'}, {name: X-Time, value: '{{.Timestamp}}'}, {name: X-KEY, value: 'id {{.Credentials.key}}'}]";

    [Fact]
    public async Task Timestamp_method_path_query_and_body_are_signed()
    {
        var (outcome, context) = await RunAsync(
            "{format: unix_seconds}", "{algorithm: sha256, key_encoding: base64, output_encoding: base64, message: '{{.Timestamp}}{{.Method}}{{.PathWithQuery}}{{.Body}}'}",
            Base64Key, body: new ScriptedBody("""{"a":1}"""u8.ToArray(), piece: 3));

        Assert.True(outcome.Continues);
        Assert.Equal("IkftAVlk0SpRTpB0n8fkCS5UkIE+kU6ZhqHIwpqMduU=", context.Headers.Find("X-Signature"));
        Assert.Equal((Seconds, "id the-id"), (context.Headers.Find("X-Time"), context.Headers.Find("X-KEY")));
        Assert.Contains(context.Headers, h => h.Key == "X-KEY"); // As proxy.yaml spells it.
        Assert.Equal(["header:X-Signature", "header:X-Time", "header:X-Key"], Assert.IsType<string[]>(Assert.Single(context.Record.Steps[^1].Annotations).Value));
        Assert.Equal(1, context.Record.SecretsUsed);
    }

    [Fact]
    public async Task Parts_and_other_algorithms_are_signed()
    {
        var (_, context) = await RunAsync(
            "{format: unix_millis}", "{algorithm: sha512, key_encoding: hex, output_encoding: hex, message: '{{.Timestamp}}{{.Method}}{{.Path}}{{.Query}}{{.Host}}'}", HexKey);
        Assert.Equal(
            "e7a777b3040625ea2fdf89724c0892ecbe4f382ec2a1f470bb31006f9ab9b886365cfc65159cabd6f66e56f5bff6fdead216a4bfd64846a0457da19e0b2c8212", context.Headers.Find("X-Signature"));
        Assert.Equal(Seconds + "000", context.Headers.Find("X-Time"));
    }

    [Fact]
    public async Task A_body_that_is_no_text_is_signed_as_it_is()
    {
        var (_, context) = await RunAsync(
            "{format: rfc3339}", "{algorithm: sha1, key_encoding: raw, output_encoding: hex, message: '{{.Method}}{{.Body}}'}", Key, body: new ScriptedBody([0xFF, 0, .. "end"u8]));
        Assert.Equal("1c6643f588204cb8fa51a9b0ed7dde8a98ca92bf", context.Headers.Find("X-Signature"));
        Assert.Equal("2026-01-02T03:04:05Z", context.Headers.Find("X-Time"));
    }

    [Fact]
    public async Task Nanoseconds_are_of_the_clock()
    {
        var (_, context) = await RunAsync("{format: unix_nanos}", "{algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Method}}'}", Key);
        Assert.Equal(Seconds + "000000000", context.Headers.Find("X-Time"));
    }

    [Theory]
    [InlineData("https://api.example.com/v1/x", true, false, "chunked_body_not_allowed")]
    [InlineData("https://api.example.com/v1/x", true, true, null)]
    [InlineData("https://api.example.com/v1/x", false, false, null)]
    [InlineData("http://api.example.com/v1/x", false, false, "secret_over_plaintext")]
    [InlineData("https://other.example.com/v1/x", true, false, null)]
    public async Task What_cannot_be_signed_is_refused_and_what_is_out_of_scope_is_left_alone(string url, bool chunked, bool allowed, string? reason)
    {
        var (outcome, context) = await RunAsync(
            "{format: unix_seconds}", "{algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Body}}'}", Key,
            new ScriptedBody("body"u8.ToArray(), announced: !chunked), url, allowed ? "allow_chunked_body: true" : "");

        Assert.Equal(reason, outcome.Rejection?.Code);
        Assert.Equal(reason is null && !url.Contains("other", StringComparison.Ordinal), context.Headers.Find("X-Signature") is not null);
        Assert.Equal(reason is null ? null : new SourcePosition(5, 5), outcome.Rule);
    }

    [Theory]
    [InlineData("base64", "not base64!", "is no base64")]
    [InlineData("hex", "abc", "is no hex")]
    [InlineData("raw", "two\nlines", null)]
    public void A_key_is_looked_at_when_it_is_read(string encoding, string key, string? problem)
    {
        var services = new Services(key);
        _ = Step("{algorithm: sha256, key_encoding: " + encoding + ", output_encoding: hex, message: '{{.Method}}'}", "{format: unix_seconds}", "", services);
        Assert.Equal(problem, services.Checks["secret"](new SecretValue(key)));
        Assert.Equal("has a line break or another character that cannot be sent in a header", services.Checks["key"](new SecretValue("two\nlines")));
        Assert.Null(services.Checks["key"](new SecretValue("the-id")));
    }

    [Fact]
    public async Task Without_a_value_the_request_is_refused()
    {
        var (outcome, context) = await RunAsync("{format: unix_seconds}", "{algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Method}}'}", key: null);
        Assert.Equal(Reason.CredentialUnavailable, outcome.Rejection);
        Assert.Null(context.Headers.Find("X-KEY"));
    }

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(
        string timestamp, string signature, string? key, RequestBody? body = null, string url = "https://api.example.com/v1/x?y=1", string more = "")
    {
        var (policy, step) = Step(signature, timestamp, more, new Services(key));
        var context = Policies.Request(policy, url, body: body);
        return (await new StepPipeline(policy, [step], TimeProvider.System).RunAsync(context), context);
    }

    [Fact]
    public async Task With_scrub_responses_no_credential_comes_back()
    {
        var services = new Services("the-key-of-all");
        var (policy, step) = Step(
            "{algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Method}}'}", "{format: unix_seconds}", "scrub_responses: true", services);
        Assert.Equal("has less than 8 bytes, so it cannot be scrubbed from responses: it would be found by chance", services.Checks["secret"](new SecretValue("1234567")));
        Assert.Null(services.Checks["secret"](new SecretValue("12345678")));
        var context = Policies.Request(policy, "https://api.example.com/v1/x", [], null);
        var pipeline = new StepPipeline(policy, [step], TimeProvider.System);
        Assert.True((await pipeline.RunAsync(context)).Continues);

        var response = new ResponseContext(context, 200, [new("X-Key", "id the-id-of-all")], new ScriptedResponse("signed with the-key-of-all"u8.ToArray(), piece: 4));
        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal("id ***", response.Headers.Find("X-Key"));
        Assert.Equal("signed with ***", Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body)));
    }

    private static (PlanPolicy Policy, IRequestStep Step) Step(string signature, string timestamp, string more, Services services)
    {
        var policy = Policies.Compile($$"""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            transforms:
              - name: allowlist
                config: {domains: ["*.example.com"]}
              - name: hmac_sign
                config:
                  timestamp: {{timestamp}}
                  signature: {{signature}}
                  credentials: {key: {type: env, var: KEY}, secret: {type: env, var: SECRET} }
                  {{Headers}}
                  rules: [{host: api.example.com}]
                  {{more}}
            """);
        return (policy, (IRequestStep)StepRegistry.Create(policy.Plan.Steps[1], services)!); // It runs.
    }

    private sealed class Services(string? key) : NoServices
    {
        public Dictionary<string, Func<SecretValue, string?>> Checks { get; } = new(StringComparer.Ordinal);

        public override TimeProvider Time { get; } = new Fixed();

        public override IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

        public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem)
        {
            Checks.Add(plan.Name, findProblem);
            return new Value(plan.Name == "secret" ? key : key == "the-key-of-all" ? "the-id-of-all" : "the-id");
        }

        public override string? MachineVariable(string name) => null;
    }

    private sealed class Value(string? text) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) =>
            text is null ? throw new SecretUnavailableException("It was not read.") : new(new SecretValue(text));
    }

    private sealed class Fixed : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
