using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>gcp_auth and gcp_id_token. What Google's libraries and PyJWT think of it, the end-to-end tests say.</summary>
public sealed class GcpAuthStepTests
{
    private const string Api = "https://storage.googleapis.com/b";

    private static readonly RSA Key = RSA.Create(2048);

    private static readonly string Keyfile = JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["client_email"] = "robot@project.example",
        ["private_key"] = Key.ExportPkcs8PrivateKeyPem(),
        ["private_key_id"] = "key-1",
        ["project_id"] = "the-project",
        ["token_uri"] = "https://login.example.com/token",
    });

    [Theory]
    [InlineData("", """{"iss":"robot@project.example","aud":"https://login.example.com/token","scope":"https://a.test/x https://a.test/y","iat":1767323035,"exp":1767326635}""")]
    [InlineData("subject: user@example.com", """{"iss":"robot@project.example","aud":"https://login.example.com/token","scope":"https://a.test/x https://a.test/y","sub":"user@example.com","iat":1767323035,"exp":1767326635}""")]
    public async Task A_token_is_asked_for_with_an_assertion(string more, string claims)
    {
        var services = new Services();
        var (outcome, context) = await RunAsync(Api, services, more: more);

        Assert.True(outcome.Continues);
        Assert.Equal("Bearer the-access-token", context.Headers.Find("Authorization"));
        Assert.Equal("service_account=robot@project.example injected=header:Authorization", Annotations(context));
        Assert.Equal(1, context.Record.SecretsUsed);
        Assert.Equal(TimeSpan.FromMinutes(30), services.Minted!.Lifetime);

        var (url, form) = Assert.Single(services.Google.Asked);
        Assert.Equal("https://login.example.com/token", url);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", HttpUtility.ParseQueryString(form)["grant_type"]);
        var parts = HttpUtility.ParseQueryString(form)["assertion"]!.Split('.'); // The request has one.
        Assert.Equal("""{"alg":"RS256","typ":"JWT","kid":"key-1"}""", Decode(parts[0]));
        Assert.Equal(claims, System.Text.RegularExpressions.Regex.Replace(Decode(parts[1]), ",\"jti\":\"[0-9a-f-]{36}\"", ""));
        Assert.True(Key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [InlineData("scrub_responses: true", "you sent Bearer iron-proxy-stub-token")]
    [InlineData("", "you sent Bearer the-access-token")]
    public async Task With_scrub_responses_the_stub_stands_where_the_token_comes_back(string more, string expected)
    {
        var (pipeline, context) = Prepare(Api, new Services(), more: more);
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = new ResponseContext(context, 200, [], new ScriptedResponse("you sent Bearer the-access-token"u8.ToArray(), piece: 7));

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal(expected, Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body)));
    }

    /// <summary>It would be found by chance, or not at all.</summary>
    [Fact]
    public async Task A_token_that_is_too_short_to_be_looked_for_is_not_sent()
    {
        var services = new Services();
        services.Google.Answer = """{"access_token":"short12","expires_in":1800,"token_type":"Bearer"}""";
        var (pipeline, context) = Prepare(Api, services, more: "scrub_responses: true");
        Assert.Equal(Reason.TokenUnavailable, (await pipeline.RunAsync(context)).Rejection);
        Assert.Null(context.Headers.Find("Authorization"));
        Assert.StartsWith("error=the token has less than 8 bytes", Annotations(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_of_the_machine_has_no_account_that_is_known()
    {
        var (_, context) = await RunAsync(Api, new Services(), identity: "credentials_provider: {type: workload_identity}");
        Assert.Equal(("Bearer the-token-of-the-machine", "injected=header:Authorization"), (context.Headers.Find("Authorization"), Annotations(context)));

        var (project, _) = await RunAsync("http://metadata.google.internal/computeMetadata/v1/project/project-id", new Services(), "GET", identity: "credentials_provider: {type: workload_identity}");
        Assert.Equal(404, project.Answer!.Status);
    }

    [Theory]
    [InlineData("http://storage.googleapis.com/b", "secret_over_plaintext", "")]
    [InlineData("https://other.example.com/", null, "")]
    [InlineData(Api, "token_unavailable", "error=the token endpoint answered with status 400 (invalid_grant) rejected=token_unavailable")]
    public async Task Without_a_token_or_TLS_the_request_is_refused_and_others_are_left_alone(string url, string? reason, string annotations)
    {
        var services = new Services { Google = { Status = HttpStatusCode.BadRequest, Answer = """{"error":"invalid_grant","error_description":"canary"}""" } };
        var (outcome, context) = await RunAsync(url, services);

        Assert.Equal((reason, annotations), (outcome.Rejection?.Code, Annotations(context)));
        Assert.Null(context.Headers.Find("Authorization"));
        Assert.Equal(reason is null ? null : new SourcePosition(5, 5), outcome.Rule);
    }

    [Fact]
    public async Task The_first_entry_for_a_header_wins()
    {
        var policy = Policies.Compile(Policy("keyfile: {type: env, var: KEY}", "") + """
              - name: gcp_auth
                config: {credentials_provider: {type: workload_identity}, scopes: ["https://a.test/x"], rules: [{host: "*.googleapis.com"}]}

            """);
        IStep[] steps = [.. policy.Plan.Steps.Skip(1).Select(s => StepRegistry.Create(s, new Services())!)]; // They run.
        var context = Policies.Request(policy, Api);
        Assert.True((await new StepPipeline(policy, steps, TimeProvider.System).RunAsync(context)).Continues);
        Assert.Equal(("Bearer the-access-token", ""), (context.Headers.Find("Authorization"), Annotations(context)));
    }

    [Theory]
    [InlineData("not JSON", "is no JSON")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"-----BEGIN canary"}""", "has a private_key that is no RSA key in PEM")]
    public async Task A_keyfile_is_looked_at_when_it_is_read(string keyfile, string problem)
    {
        var services = new Services();
        await RunAsync(Api, services);
        Assert.Null(services.Check!(new SecretValue(Keyfile)));
        Assert.Equal(problem, services.Check!(new SecretValue(keyfile)));
    }

    [Theory]
    [InlineData("http://169.254.169.254", 200, "computeMetadata/\n")]
    [InlineData("http://169.254.169.254/computeMetadata/v1/", 200, "instance/\nproject/\n")]
    [InlineData("http://metadata.google.internal./computeMetadata/v1/instance", 200, "service-accounts/\n")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/project/project-id", 200, "the-project")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/", 200, "default/\nrobot@project.example/\n")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/", 200, "aliases\nemail\nscopes\ntoken\n")]
    [InlineData(
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/?alt=json&recursive=true", 200,
        """{"aliases":["default"],"email":"robot@project.example","scopes":["https://a.test/x","https://a.test/y"]}""")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/email", 200, "robot@project.example")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/scopes", 200, "https://a.test/x\nhttps://a.test/y\n")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/aliases", 200, "default\n")]
    [InlineData(
        "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/robot@project.example/token?scopes=x", 200,
        """{"access_token":"iron-proxy-stub-token","expires_in":3600,"token_type":"Bearer"}""")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=x", 404, "Not Found\n")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/attributes/kube-env", 404, "Not Found\n")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1//instance", 404, "Not Found\n")]
    [InlineData("http://metadata.google.internal/latest/meta-data", 404, "Not Found\n")]
    public async Task The_metadata_server_is_here_and_mints_nothing(string url, int status, string body)
    {
        var services = new Services();
        var (outcome, context) = await RunAsync(url, services, "GET");

        Assert.Equal((status, body), (outcome.Answer!.Status, Encoding.UTF8.GetString(outcome.Answer.Body.Span)));
        Assert.Contains(new KeyValuePair<string, string>("Metadata-Flavor", "Google"), outcome.Answer.Headers);
        Assert.Equal(body.StartsWith('{') ? "application/json" : "application/text", outcome.Answer.Headers.Single(h => h.Key == "Content-Type").Value);
        Assert.Equal("stubbed=oauth2_token_endpoint", Annotations(context));
        Assert.Empty(services.Google.Asked);
    }

    [Fact]
    public async Task Nothing_can_be_written_to_the_metadata_server() =>
        Assert.Equal(405, (await RunAsync("http://metadata.google.internal/computeMetadata/v1/project/project-id", new Services(), "PUT")).Outcome.Answer!.Status);

    [Fact]
    public async Task The_token_endpoint_is_here_as_well()
    {
        var (outcome, context) = await RunAsync("https://oauth2.googleapis.com/token", new Services());
        Assert.Equal("""{"access_token":"iron-proxy-stub-token","expires_in":3600,"token_type":"Bearer"}""", Encoding.UTF8.GetString(outcome.Answer!.Body.Span));
        Assert.Equal("stubbed=oauth2_token_endpoint", Annotations(context));
    }

    [Theory]
    [InlineData("""{"iat":1000,"exp":1900}""", 900)]
    [InlineData("""{"iat":1000,"exp":1000}""", null)]
    [InlineData("""{"iat":1000}""", null)]
    [InlineData("""{"iat":"canary","exp":5}""", null)]
    [InlineData("canary", null)]
    public async Task An_identity_token_is_for_an_audience_and_ends_when_it_says(string payload, int? seconds)
    {
        var token = $"head.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.signature";
        var services = new Services { Google = { Answer = JsonSerializer.Serialize(new Dictionary<string, string> { ["id_token"] = token }) } };
        var policy = Policies.Compile("""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            transforms:
              - name: allowlist
                config: {domains: ["*.run.app"]}
              - name: gcp_id_token
                config: {keyfile: {type: env, var: KEY}, audience: "https://a.run.app", header: X-Serverless-Authorization, rules: [{host: a.run.app}]}
            """);
        var context = Policies.Request(policy, "https://a.run.app/");
        var outcome = await new StepPipeline(policy, [StepRegistry.Create(policy.Plan.Steps[1], services)!], TimeProvider.System).RunAsync(context); // It runs.

        Assert.Contains("\"target_audience\":\"https://a.run.app\"", Decode(HttpUtility.ParseQueryString(services.Google.Asked[0].Form)["assertion"]!.Split('.')[1]), StringComparison.Ordinal);
        if (seconds is { } lifetime)
        {
            Assert.Equal(("Bearer " + token, TimeSpan.FromSeconds(lifetime)), (context.Headers.Find("X-Serverless-Authorization"), services.Minted!.Lifetime));
            Assert.Equal("service_account=robot@project.example injected=header:X-Serverless-Authorization", Annotations(context));
        }
        else
        {
            Assert.Equal(Reason.TokenUnavailable, outcome.Rejection);
            Assert.Contains("error=the token endpoint answered with an id_token that ", Annotations(context), StringComparison.Ordinal);
            Assert.DoesNotContain("canary", Annotations(context), StringComparison.Ordinal);
        }
    }

    private static async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(
        string url, Services services, string method = "POST", string identity = "keyfile: {type: env, var: KEY}", string more = "")
    {
        var (pipeline, context) = Prepare(url, services, method, identity, more);
        return (await pipeline.RunAsync(context), context);
    }

    private static (StepPipeline Pipeline, RequestContext Context) Prepare(
        string url, Services services, string method = "POST", string identity = "keyfile: {type: env, var: KEY}", string more = "")
    {
        var policy = Policies.Compile(Policy(identity, more));
        return (new StepPipeline(policy, [StepRegistry.Create(policy.Plan.Steps[1], services)!], TimeProvider.System), Policies.Request(policy, url, method: method)); // It runs.
    }

    private static string Policy(string identity, string more) => $$"""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: ["*"], warn: true}
          - name: gcp_auth
            config:
              {{identity}}
              scopes: ["https://a.test/x", "https://a.test/y"]
              rules: [{host: "*.googleapis.com"}]
              {{more}}

        """;

    private static string Annotations(RequestContext context) => string.Join(
        ' ', context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}={(a.Value is string[] list ? string.Join(',', list) : Convert.ToString(a.Value, CultureInfo.InvariantCulture))}"));

    private static string Decode(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));

    private sealed class Services : NoServices
    {
        public GoogleServer Google { get; } = new();

        public Func<SecretValue, string?>? Check { get; private set; }

        public MintedToken? Minted { get; set; }

        public override TimeProvider Time { get; } = new Fixed();

        public override IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

        public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem)
        {
            Check = findProblem;
            var value = new SecretValue(Keyfile);
            return new Value(() => Task.FromResult(value));
        }

        public override ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) => new Value(async () =>
        {
            try
            {
                using var way = new HttpMessageInvoker(Google, disposeHandler: false);
                return (Minted = await mint(way, CancellationToken.None)).Value;
            }
            catch (MintingFailedException e)
            {
                throw new SecretUnavailableException(e.Message);
            }
        });

        public override ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes) => new Value(() => Task.FromResult(new SecretValue("the-token-of-the-machine")));

        public override string? MachineVariable(string name) => null;
    }

    private sealed class Value(Func<Task<SecretValue>> get) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(get());
    }

    private sealed class GoogleServer : HttpMessageHandler
    {
        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public string Answer { get; set; } = """{"access_token":"the-access-token","expires_in":1800,"token_type":"Bearer"}""";

        public List<(string Url, string Form)> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add((request.RequestUri!.ToString(), await request.Content!.ReadAsStringAsync(cancellationToken))); // A form to a URL.
            return new HttpResponseMessage(Status) { Content = new StringContent(Answer) };
        }
    }

    private sealed class Fixed : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
