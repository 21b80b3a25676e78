using System.Globalization;
using System.Text;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>Requests of the pages of S3, which show their signatures, at 2013-05-24, and what is refused.</summary>
public sealed class AwsAuthStepTests
{
    private const string Url = "https://examplebucket.s3.amazonaws.com";
    private const string HashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("/test.txt", "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", "Range", "bytes=0-9")]
    [InlineData("/?lifecycle", "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("/?max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public async Task A_request_without_a_body_is_signed_again(string target, string headers, string signature, params string[] header)
    {
        var (outcome, context) = await RunAsync(
            Url + target, method: "GET", headers:
            [
                ("Authorization", Placeholder(headers)), ("X-Amz-Date", "20000101T000000Z"), ("X-Amz-Content-Sha256", "0"), ("X-Amz-Security-Token", "mine"), ("User-Agent", "sdk"),
                .. header.Chunk(2).Select(h => (h[0], h[1])),
            ]);

        Assert.True(outcome.Continues);
        Assert.Equal($"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders={headers}, Signature={signature}", context.Headers.Find("Authorization"));
        Assert.Equal(("20130524T000000Z", HashOfNothing, null), (context.Headers.Find("X-Amz-Date"), context.Headers.Find("X-Amz-Content-Sha256"), context.Headers.Find("X-Amz-Security-Token")));
        Assert.Equal("injected=header:Authorization,header:X-Amz-Date,header:X-Amz-Content-Sha256 service=s3 region=us-east-1", Annotations(context));
        Assert.Equal(1, context.Record.SecretsUsed);
    }

    [Fact]
    public async Task A_body_is_signed_by_its_hash_whatever_the_workload_said_of_it()
    {
        var (_, context) = await RunAsync(
            Url + "/test%24file.text", body: new ScriptedBody("Welcome to Amazon S3."u8.ToArray(), piece: 4), method: "PUT", headers:
            [
                ("Authorization", Placeholder("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class")), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ]);
        Assert.EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", context.Headers.Find("Authorization"), StringComparison.Ordinal);
        Assert.Equal("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", context.Headers.Find("X-Amz-Content-Sha256"));
    }

    [Fact]
    public async Task A_pre_signed_URL_stays_one()
    {
        var (_, context) = await RunAsync(
            Url + "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=PLACEHOLDER%2F20000101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20000101T000000Z&X-Amz-Expires=86400"
                + "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=mine&X-Amz-Signature=0", method: "GET", headers: [("X-Amz-Content-Sha256", "0"), ("Authorization", "Bearer mine")]);

        Assert.Equal(
            "?X-Amz-Expires=86400&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
            + "&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            context.Query);
        Assert.Empty(context.Headers);
        Assert.Equal(
            "injected=query:X-Amz-Algorithm,query:X-Amz-Credential,query:X-Amz-Date,query:X-Amz-SignedHeaders,query:X-Amz-Signature service=s3 region=us-east-1", Annotations(context));
    }

    [Fact]
    public async Task Parts_with_signatures_and_trailers_are_signed_anew_and_observers_see_what_came()
    {
        var text = $"10000;chunk-signature={new string('0', 64)}\r\n{new string('a', 65536)}\r\n400;chunk-signature={new string('0', 64)}\r\n{new string('a', 1024)}\r\n"
            + $"0;chunk-signature={new string('0', 64)}\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{new string('0', 64)}\r\n\r\n";
        var body = new ScriptedBody(Encoding.ASCII.GetBytes(text));
        var (outcome, context) = await RunAsync(
            "https://s3.amazonaws.com/examplebucket/chunkObject.txt", body, "PUT", headers:
            [
                ("Authorization", Placeholder("host")), ("Content-Encoding", "aws-chunked"), ("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
                ("X-Amz-Decoded-Content-Length", "66560"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-trailer", "x-amz-checksum-crc32c"),
            ], signedHeaders: "content-encoding");
        var seen = new BodyPrefix(100);
        body.Observe(seen);

        Assert.True(outcome.Continues);
        Assert.EndsWith("Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", context.Headers.Find("Authorization"), StringComparison.Ordinal);
        Assert.Equal("aws-chunked", context.Headers.Find("Content-Encoding"));
        var sent = Encoding.ASCII.GetString(body.InMemory!);
        Assert.Equal(
            ["b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
                "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"],
            sent.Split("-signature", StringSplitOptions.None).Skip(1).Select(p => p[1..65]));
        Assert.Equal(text.Length, sent.Length);
        Assert.StartsWith("10000;chunk-signature=0000", Encoding.ASCII.GetString(seen.Bytes.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_without_signatures_stream_past()
    {
        var body = new ScriptedBody("3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n"u8.ToArray());
        var (outcome, context) = await RunAsync(
            Url + "/key", body, "PUT", headers: [("Authorization", Placeholder("host")), ("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("x-amz-trailer", "x-amz-checksum-crc32c")]);

        Assert.True(outcome.Continues);
        Assert.Equal("STREAMING-UNSIGNED-PAYLOAD-TRAILER", context.Headers.Find("X-Amz-Content-Sha256"));
        Assert.Contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-trailer,", context.Headers.Find("Authorization"), StringComparison.Ordinal);
        Assert.Equal(0, body.Reads);
    }

    [Theory]
    [InlineData("https://b.s3.amazonaws.com/k", "s3")]
    [InlineData("https://dynamodb.us-east-1.amazonaws.com/", "dynamodb")]
    public async Task An_unsigned_payload_is_not_read(string url, string service)
    {
        var body = new ScriptedBody("body"u8.ToArray(), announced: false);
        var (outcome, context) = await RunAsync(url, body, headers: [("Authorization", Placeholder("host", service))], more: "unsigned_payload: true");
        Assert.True(outcome.Continues);
        Assert.Equal((0, "UNSIGNED-PAYLOAD"), (body.Reads, context.Headers.Find("X-Amz-Content-Sha256")));
    }

    [Theory]
    [InlineData("host", "host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target")]
    [InlineData("Host;accept;x-absent;user-agent;content-length;connection", "accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target")]
    public async Task A_session_token_and_all_headers_of_AWS_are_signed(string asked, string signed)
    {
        var (_, context) = await RunAsync(
            "https://dynamodb.us-east-1.amazonaws.com:8443/", headers: [("Authorization", Placeholder(asked, "dynamodb")), ("X-Amz-Target", "A"), ("Accept", "a"), ("User-Agent", "sdk")],
            more: "session_token: {type: env, var: TOKEN}");
        Assert.Contains($"SignedHeaders={signed},", context.Headers.Find("Authorization"), StringComparison.Ordinal);
        Assert.Equal("the-token", context.Headers.Find("X-Amz-Security-Token"));
        Assert.Contains("header:X-Amz-Security-Token", Annotations(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_token_is_in_the_query_of_a_pre_signed_URL()
    {
        var (_, context) = await RunAsync(
            "https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Credential=A%2F1%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-SignedHeaders=host", method: "GET",
            more: "session_token: {type: env, var: TOKEN}");
        Assert.Contains("&X-Amz-Security-Token=the-token&X-Amz-Signature=", context.Query, StringComparison.Ordinal);
        Assert.StartsWith("?Action=GetCallerIdentity&", context.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "missing_sigv4", 400)]
    [InlineData("Bearer x", "missing_sigv4", 400)]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=A/1/s3/aws4_request", "unsupported_sigv4a", 400)]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/eu-west-1/s3/aws4_request", "region_not_allowed", 403, "service=s3 region=eu-west-1")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/iam/aws4_request", "service_not_allowed", 403, "service=iam region=us-east-1")]
    public async Task What_was_not_signed_for_something_allowed_is_refused_before_a_credential_is_read(string? authorization, string reason, int status, string? more = null)
    {
        var services = new Services { Missing = "access_key_id" };
        var (outcome, context) = await RunAsync(Url + "/k", headers: authorization is null ? [] : [("Authorization", authorization)], services: services, more: Scope);
        AssertRefused(outcome, context, reason, status, more);
    }

    [Theory]
    [InlineData("access_key_id")]
    [InlineData("secret_access_key")]
    [InlineData("session_token")]
    public async Task A_credential_that_is_not_there_is_named(string credential)
    {
        var (outcome, context) = await RunAsync(
            Url + "/k", headers: [("Authorization", Placeholder("host"))], services: new Services { Missing = credential }, more: "session_token: {type: env, var: TOKEN}");
        AssertRefused(outcome, context, "credential_unavailable", 502, "service=s3 region=us-east-1", $"credential={credential} ");
    }

    [Theory]
    [InlineData("", 4L, false, "body_missing", 400, "content_length=4 buffered_length=0 ")]
    [InlineData("", 4L, true, "body_missing", 400, "content_length=4 buffered_length=0 ")]
    [InlineData("abc", 4L, false, "body_truncated", 413, "content_length=4 buffered_length=3 ")]
    [InlineData("abc", 4L, true, "body_truncated", 413, "content_length=4 buffered_length=3 ")]
    [InlineData("more than sixteen", null, false, "body_too_large", 413, "content_length=17 buffered_length=0 ")]
    [InlineData("abc", null, true, "body_read_failed", 400, "")]
    [InlineData("abc", null, false, "chunked_body_not_allowed", 400, "", "", false)]
    public async Task A_body_that_cannot_be_signed_is_refused(
        string text, long? length, bool broken, string reason, int status, string annotations, string more = "allow_chunked_body: true", bool announced = true)
    {
        var body = new ScriptedBody(Encoding.ASCII.GetBytes(text), length: length, announced: announced && !(broken && length is null), fault: broken ? Reason.MalformedBody : null);
        var (outcome, context) = await RunAsync(Url + "/k", body, headers: [("Authorization", Placeholder("host"))], more: more, limit: 16);
        AssertRefused(outcome, context, reason, status, "service=s3 region=us-east-1", annotations);
    }

    [Fact]
    public async Task A_body_in_chunks_that_is_only_asked_about_is_refused_too()
    {
        var (outcome, context) = await RunAsync(Url + "/k", headers: [("Authorization", Placeholder("host")), ("Transfer-Encoding", "chunked")]);
        AssertRefused(outcome, context, "chunked_body_not_allowed", 400, "service=s3 region=us-east-1");
    }

    [Theory]
    [InlineData("client_closed")]
    [InlineData("body_timeout")]
    public async Task What_the_client_did_keeps_its_own_reason(string reason)
    {
        var body = new ScriptedBody("abc"u8.ToArray(), length: 4, fault: Reason.Find(reason));
        var (outcome, _) = await RunAsync(Url + "/k", body, headers: [("Authorization", Placeholder("host"))]);
        Assert.Equal(reason, outcome.Rejection?.Code);
    }

    [Theory]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-EVENTS", "host", "", "unsupported_payload_signature")]
    [InlineData("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "host", "", "unsupported_payload_signature")]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER", null, "", "unsupported_payload_signature")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "host", "no parts", "malformed_body")]
    public async Task Parts_that_are_signed_in_another_way_are_refused_by_name(string payload, string? signedHeaders, string text, string reason)
    {
        var (outcome, context) = await RunAsync(
            Url + (signedHeaders is null ? "/k?X-Amz-Credential=A%2F1%2Fus-east-1%2Fs3%2Faws4_request" : "/k"), new ScriptedBody(Encoding.ASCII.GetBytes(text)),
            headers: [("X-Amz-Content-Sha256", payload), .. signedHeaders is null ? [] : ((string, string)[])[("Authorization", Placeholder(signedHeaders))]]);
        AssertRefused(
            outcome, context, reason, 400, "service=s3 region=us-east-1", reason == "malformed_body" ? "" : $"error=its parts are signed as {payload} ");
    }

    [Theory]
    [InlineData("two\nlines", "the-token")]
    [InlineData("AKIA/X", "the-token")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "two\r\nlines")]
    public async Task Credentials_that_cannot_be_sent_sign_nothing(string id, string token)
    {
        var services = new Services { Id = id, SessionToken = token };
        var (outcome, context) = await RunAsync(Url + "/k", headers: [("Authorization", Placeholder("host"))], services: services, more: "session_token: {type: env, var: TOKEN}");
        Assert.Equal(("signing_failed", 500), (outcome.Rejection?.Code, outcome.Rejection?.Status));
        Assert.DoesNotContain("lines", Annotations(context), StringComparison.Ordinal);
        Assert.Contains(services.Checks, c => c.Value(new SecretValue(c.Key == "access_key_id" ? id : token)) is not null);
        Assert.NotNull(services.Checks["secret_access_key"](new SecretValue("key\n")));
    }

    [Fact]
    public async Task Over_plain_http_and_out_of_scope_nothing_is_signed()
    {
        var (plain, context) = await RunAsync("http://b.s3.amazonaws.com/", headers: [("Authorization", Placeholder("host"))]);
        AssertRefused(plain, context, "secret_over_plaintext", 403, null);

        var (other, untouched) = await RunAsync("https://api.example.com/", headers: [("Authorization", "Bearer x")]);
        Assert.True(other.Continues);
        Assert.Equal("Bearer x", untouched.Headers.Find("Authorization"));
    }

    [Fact]
    public async Task A_body_in_chunks_is_signed_as_it_came_when_the_step_says_so()
    {
        var (outcome, context) = await RunAsync(
            Url + "/k", new ScriptedBody("abc"u8.ToArray(), announced: false), headers: [("Authorization", Placeholder("host"))], more: "allow_chunked_body: true");
        Assert.True(outcome.Continues);
        Assert.Equal(3, context.Body.Length);
        Assert.StartsWith("chunked_body=True injected=", Annotations(context), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "", "<AWSAccessKeyId>***</AWSAccessKeyId><Token-0>***</Token-0>\nx-amz-security-token:***")]
    [InlineData(307, "", "<AWSAccessKeyId>***</AWSAccessKeyId><Token-0>***</Token-0>\nx-amz-security-token:***")]
    [InlineData(200, "", "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><Token-0>the-token</Token-0>\nx-amz-security-token:the-token")]
    [InlineData(200, "scrub_responses: true", "<AWSAccessKeyId>***</AWSAccessKeyId><Token-0>***</Token-0>\nx-amz-security-token:***")]
    public async Task Refusals_do_not_repeat_the_credentials_and_with_scrub_responses_nothing_does(int status, string more, string expected)
    {
        var (pipeline, context) = Prepare(Url + "/k", headers: [("Authorization", Placeholder("host"))], more: $"session_token: {{type: env, var: TOKEN}}\n      {more}");
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var body = "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><Token-0>the-token</Token-0>\nx-amz-security-token:the-token"u8.ToArray();
        var response = new ResponseContext(context, status, [new("Content-Type", "application/xml")], new ScriptedResponse(body, piece: 5));

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal(expected, Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body)));
        context.Record.Finish();
        Assert.Equal(
            status == 200 && more == "" ? [] : ["ID", "TOKEN"],
            context.Record.ResponseSteps[^1].Annotations.SelectMany(a => Assert.IsAssignableFrom<IEnumerable<SecretUse>>(a.Value)).Select(u => u.Secret).Order(StringComparer.Ordinal));
    }

    private const string Scope = "allowed_regions: [us-east-1]\n      allowed_services: [s3]";

    private static void AssertRefused(StepOutcome outcome, RequestContext context, string reason, int status, string? scope, string before = "")
    {
        Assert.Equal((reason, status), (outcome.Rejection?.Code, outcome.Rejection?.Status));
        Assert.Equal(new SourcePosition(5, 5), outcome.Rule);
        Assert.Equal($"{before}rejected={reason}{(scope is null ? "" : " " + scope)}", Annotations(context));
        Assert.DoesNotContain("AKIAIOSFODNN7EXAMPLE", context.Query + string.Join('\n', reason == "malformed_body" ? [] : context.Headers), StringComparison.Ordinal);
    }

    private static string Placeholder(string headers, string service = "s3") =>
        $"AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20000101/us-east-1/{service}/aws4_request, SignedHeaders={headers}, Signature=0";

    private static string Annotations(RequestContext context) => string.Join(
        ' ', context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}={(a.Value is string[] list ? string.Join(',', list) : Convert.ToString(a.Value, CultureInfo.InvariantCulture))}"));

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(
        string url, RequestBody? body = null, string method = "POST", (string, string)[]? headers = null, Services? services = null, string more = "", string? signedHeaders = null, int limit = 1 << 20)
    {
        var (pipeline, context) = Prepare(url, body, method, headers, services, more, signedHeaders, limit);
        return (await pipeline.RunAsync(context), context);
    }

    private static (StepPipeline Pipeline, RequestContext Context) Prepare(
        string url, RequestBody? body = null, string method = "POST", (string, string)[]? headers = null, Services? services = null, string more = "", string? signedHeaders = null, int limit = 1 << 20)
    {
        if (signedHeaders is not null)
        {
            headers = [.. (headers ?? []).Select(h => h.Item1 == "Authorization" ? (h.Item1, Placeholder(signedHeaders)) : h)];
        }

        var policy = Policies.Compile($$"""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            transforms:
              - name: allowlist
                config: {domains: ["*"], warn: true}
              - name: aws_auth
                config:
                  access_key_id: {type: env, var: ID}
                  secret_access_key: {type: env, var: KEY}
                  rules: [{host: "*.amazonaws.com"}]
                  {{more}}
            proxy: {max_request_body_bytes: {{limit}}}
            """);
        var step = StepRegistry.Create(policy.Plan.Steps[1], services ?? new Services())!; // It runs.
        var context = Policies.Request(policy, url, headers, body, method);
        return (new StepPipeline(policy, [step], TimeProvider.System), context);
    }

    private sealed class Services : NoServices
    {
        public string? Missing { get; init; }

        public string Id { get; init; } = "AKIAIOSFODNN7EXAMPLE";

        public string SessionToken { get; init; } = "the-token";

        public Dictionary<string, Func<SecretValue, string?>> Checks { get; } = new(StringComparer.Ordinal);

        public override TimeProvider Time { get; } = new Fixed();

        public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem)
        {
            Checks.Add(plan.Name, findProblem);
            var value = plan.Name switch { "access_key_id" => Id, "secret_access_key" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", _ => SessionToken };
            return new Value(plan.Name == Missing ? null : value);
        }

        public override IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

        public override string? MachineVariable(string name) => null;
    }

    private sealed class Value(string? text) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) =>
            text is null ? throw new SecretUnavailableException("It was not read.") : new(new SecretValue(text));
    }

    private sealed class Fixed : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
    }
}
