using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>github_app. What PyJWT, git and gh think of it, the end-to-end tests say.</summary>
public sealed class GithubAppStepTests
{
    private const string Api = "https://api.github.com/repos/octo-org/proxy/issues";

    private const string Now = "Fri, 02 Jan 2026 03:04:05 GMT";

    private const string Narrow = "repositories: [proxy, docs], permissions: {contents: write, issues: read}";

    private static readonly RSA Key = RSA.Create(2048);

    private readonly TokenServices _services = new(new Dictionary<string, string> { ["private_key"] = Key.ExportRSAPrivateKeyPem() });

    [Fact]
    public async Task The_app_signs_who_it_is_and_asks_for_what_the_policy_says()
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_16C7e42F292c6912E7","expires_at":"2026-01-02T04:04:05Z"}""", Now);
        var (outcome, context) = await RunAsync(Api);

        Assert.True(outcome.Continues);
        Assert.Equal(("Bearer ghs_16C7e42F292c6912E7", "installation=42 injected=header:Authorization"), (context.Headers.Find("Authorization"), TokenServices.Annotations(context)));
        Assert.Equal(TimeSpan.FromHours(1), _services.Minted!.Lifetime);
        Assert.Equal(
            """
            POST https://api.github.com/app/installations/42/access_tokens
            Accept: application/vnd.github+json
            User-Agent: iron-proxy
            X-GitHub-Api-Version: 2022-11-28
            Content-Type: application/json
            {"repositories":["proxy","docs"],"permissions":{"contents":"write","issues":"read"}}
            """,
            string.Join('\n', Assert.Single(_services.Server.Asked).Split('\n').Where(l => !l.StartsWith("Content-Length", StringComparison.Ordinal))));

        var jwt = Assert.Single(_services.Server.Authorizations).Split(' ');
        var parts = jwt[1].Split('.');
        Assert.Equal(("Bearer", """{"alg":"RS256","typ":"JWT"}"""), (jwt[0], Decode(parts[0])));
        Assert.Equal("""{"iss":"the-client","iat":1767322985,"exp":1767323585}""", Decode(parts[1]));
        Assert.True(Key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [InlineData("https://github.com/octo-org/proxy.git/info/refs?service=git-upload-pack", true)]
    [InlineData("https://github.com/octo-org/proxy.git/info/refs?service=git-receive-pack", true)]
    [InlineData("https://github.com/octo-org/proxy/git-upload-pack", true)]
    [InlineData("https://github.com/octo-org/proxy.git/git-receive-pack", true)]
    [InlineData("https://github.com/octo-org/proxy.git/info/lfs/objects/batch", true)]
    [InlineData("https://github.com/octo-org/proxy/raw/main/info/refs", false)]
    [InlineData("https://github.com/octo-org/proxy/releases/download/v1/a.zip", false)]
    [InlineData("https://api.github.com/repos/octo-org/proxy/contents/info/refs?service=git-upload-pack", false)]
    [InlineData("https://api.github.com/repos/octo-org/proxy/contents/git-upload-pack", false)]
    public async Task Git_gets_the_token_as_a_password_and_all_else_as_a_bearer(string url, bool password)
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_token"}""");
        var (_, context) = await RunAsync(url);
        Assert.Equal(password ? "Basic " + Convert.ToBase64String("x-access-token:ghs_token"u8) : "Bearer ghs_token", context.Headers.Find("Authorization"));
    }

    /// <summary>On a server of one's own, API and repositories are on one host.</summary>
    [Theory]
    [InlineData("https://github.example.com/octo-org/proxy.git/git-upload-pack", "Basic")]
    [InlineData("https://github.example.com/api/v3/repos/octo-org/proxy/contents/git-upload-pack", "Bearer")]
    [InlineData("https://github.example.com/api/v3x/git-upload-pack", "Basic")]
    [InlineData("https://github.example.com/api/graphql", "Bearer")]
    public async Task The_API_is_known_by_its_URL(string url, string scheme)
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_token"}""");
        var (_, context) = await RunAsync(url, settings: "api_url: 'https://github.example.com/api/v3/'");
        Assert.StartsWith(scheme + " ", context.Headers.Find("Authorization"), StringComparison.Ordinal);
        Assert.StartsWith("POST https://github.example.com/api/v3/app/installations/42/access_tokens\n", _services.Server.Asked[0], StringComparison.Ordinal);
        Assert.EndsWith("\n{}", _services.Server.Asked[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_installation_of_an_owner_is_looked_up_as_an_organization_and_then_as_a_user()
    {
        _services.Server.Answers(HttpStatusCode.NotFound, """{"message":"Not Found"}""").Answers(HttpStatusCode.OK, """{"id":9007199254740993}""").Answers(HttpStatusCode.Created, """{"token":"ghs_token"}""");
        var (_, context) = await RunAsync(Api, installation: "owner: octo-org");

        Assert.Equal(
            ["GET https://api.github.com/orgs/octo-org/installation", "GET https://api.github.com/users/octo-org/installation", "POST https://api.github.com/app/installations/9007199254740993/access_tokens"],
            _services.Server.Asked.Select(a => a.Split('\n')[0]));
        Assert.Equal("installation=octo-org injected=header:Authorization", TokenServices.Annotations(context));
    }

    [Theory]
    [InlineData(404, "{}", 404, "{}", "GitHub knows no installation of the app for this owner (status 404)")]
    [InlineData(200, "[]", 0, "", "GitHub answered without the id of an installation")]
    [InlineData(200, """{"id":1.5}""", 0, "", "GitHub answered without the id of an installation")]
    [InlineData(403, "canary", 0, "", "GitHub answered with status 403: the app may not, or asks too often, or the installation is suspended")]
    public async Task An_owner_without_an_installation_is_said(int first, string body, int second, string secondBody, string error)
    {
        _services.Server.Answers((HttpStatusCode)first, body).Answers((HttpStatusCode)second, secondBody);
        await RequireRefusedAsync(error, "owner: octo-org");
    }

    [Theory]
    [InlineData(401, Now, "GitHub answered with status 401: it does not take the app's signature")]
    [InlineData(401, "Fri, 02 Jan 2026 03:14:05 GMT", "GitHub answered with status 401: it does not take the app's signature, and its clock is 600 s ahead")]
    [InlineData(401, "Fri, 02 Jan 2026 03:02:04 GMT", "GitHub answered with status 401: it does not take the app's signature, and its clock is 121 s behind")]
    [InlineData(404, Now, "GitHub answered with status 404: it knows no such installation of the app")]
    [InlineData(422, Now, "GitHub answered with status 422: the installation does not have the repositories or permissions that are asked for")]
    [InlineData(503, Now, "GitHub answered with status 503")]
    [InlineData(301, Now, "GitHub answered with status 301")]
    public async Task Why_there_is_no_token_is_said_in_words_of_ours(int status, string date, string error)
    {
        _services.Server.Answers((HttpStatusCode)status, """{"message":"canary"}""", date);
        await RequireRefusedAsync(error);
    }

    [Theory]
    [InlineData("canary", "GitHub answered without a token")]
    [InlineData("""{"token":""}""", "GitHub answered without a token")]
    [InlineData("""{"token":"canary\r\nX-Evil: 1"}""", "GitHub answered with a token that cannot be sent in a header")]
    [InlineData("""{"token":"canary","expires_at":"2026-01-02T03:04:05Z"}""", "GitHub answered with a token that has ended")]
    public async Task An_answer_that_is_no_token_is_none(string body, string error)
    {
        _services.Server.Answers(HttpStatusCode.Created, body, Now);
        await RequireRefusedAsync(error);
    }

    /// <summary>GitHub's clock says how long a token is good, and ours is not asked.</summary>
    [Theory]
    [InlineData("2026-01-02T04:04:05Z", Now, 3600)]
    [InlineData("2020-01-01T01:00:00Z", "Wed, 01 Jan 2020 00:30:00 GMT", 1800)]
    [InlineData("2026-01-02T04:04:05Z", null, null)]
    [InlineData("soon", Now, null)]
    public async Task A_token_ends_when_the_server_says(string end, string? date, int? seconds)
    {
        _services.Server.Answers(HttpStatusCode.Created, $$"""{"token":"ghs_token","expires_at":"{{end}}"}""", date);
        await RunAsync(Api);
        Assert.Equal(seconds, _services.Minted!.Lifetime?.TotalSeconds);
    }

    [Fact]
    public async Task A_workload_that_asks_for_a_token_itself_gets_the_stub()
    {
        var (outcome, context) = await RunAsync("https://api.github.com/app/installations/7/access_tokens", "POST");
        Assert.Equal(201, outcome.Answer!.Status);
        Assert.Equal(
            """{"token":"iron-proxy-stub-token","expires_at":"2026-01-02T04:04:05Z","permissions":{"contents":"write","issues":"read"},"repository_selection":"selected"}""",
            Encoding.UTF8.GetString(outcome.Answer.Body.Span));
        Assert.Equal("stubbed=installation_token", TokenServices.Annotations(context));
        Assert.Empty(_services.Server.Asked);
    }

    /// <summary>The token is everybody's: programs that end theirs when they are done would end it for all.</summary>
    [Theory]
    [InlineData("https://api.github.com/installation/token")]
    [InlineData("https://api.github.com/installation/token/")]
    [InlineData("https://api.github.com/Installation/TOKEN")]
    [InlineData("https://api.github.com//installation//token")]
    public async Task A_workload_ends_no_token(string url)
    {
        var (outcome, context) = await RunAsync(url, "DELETE");
        Assert.Equal((204, 0), (outcome.Answer!.Status, outcome.Answer.Body.Length));
        Assert.Equal("stubbed=installation_token", TokenServices.Annotations(context));
    }

    [Theory]
    [InlineData("GET", "https://api.github.com/installation/token")]
    [InlineData("DELETE", "https://api.github.com/installation/tokens")]
    [InlineData("DELETE", "https://github.com/installation/token")]
    [InlineData("GET", "https://api.github.com/app/installations/7/access_tokens")]
    [InlineData("POST", "https://api.github.com/app/installations//access_tokens")]
    [InlineData("POST", "https://api.github.com/app/installations/seven/access_tokens")]
    [InlineData("POST", "https://api.github.com/app/installations/7/8/access_tokens")]
    [InlineData("POST", "https://api.github.com:444/app/installations/7/access_tokens")]
    public async Task All_else_goes_on(string method, string url)
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_token"}""");
        var (outcome, context) = await RunAsync(url, method);
        Assert.True(outcome.Continues);
        Assert.Equal("Bearer ghs_token", context.Headers.Find("Authorization"));
    }

    [Theory]
    [InlineData("http://api.github.com/user", "secret_over_plaintext")]
    [InlineData("https://other.example.com/octo-org/proxy.git/git-upload-pack", null)]
    public async Task Without_TLS_or_out_of_scope_nothing_is_set(string url, string? reason)
    {
        var (outcome, context) = await RunAsync(url);
        Assert.Equal((reason, ""), (outcome.Rejection?.Code, TokenServices.Annotations(context)));
        Assert.Null(context.Headers.Find("Authorization"));
        Assert.Empty(_services.Server.Asked);
    }

    [Theory]
    [InlineData("Bearer ghs_a_long_token", "Bearer iron-proxy-stub-token")]
    [InlineData("Basic eC1hY2Nlc3MtdG9rZW46Z2hzX2FfbG9uZ190b2tlbg==", "Basic eC1hY2Nlc3MtdG9rZW46aXJvbi1wcm94eS1zdHViLg==")]
    public async Task What_was_sent_in_either_form_is_taken_out_of_responses(string said, string expected)
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_a_long_token"}""");
        var (_, context, pipeline) = await StartAsync(Api, "GET", "installation_id: 42", "scrub_responses: true");
        var response = new ResponseContext(context, 200, [], new ScriptedResponse(Encoding.UTF8.GetBytes("you sent " + said), piece: 7));

        Assert.Null(await pipeline.RunAsync(response));
        var body = Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body));
        Assert.DoesNotContain(said, body, StringComparison.Ordinal);
        Assert.Equal("you sent " + expected, body);
    }

    [Theory]
    [InlineData("not a key")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\ncanary")]
    public async Task A_key_is_looked_at_when_it_is_read(string key)
    {
        _services.Server.Answers(HttpStatusCode.Created, """{"token":"ghs_token"}""");
        await RunAsync(Api);
        Assert.Null(_services.Checks["private_key"](new SecretValue(Key.ExportPkcs8PrivateKeyPem())));
        Assert.Equal("is no RSA key in PEM", _services.Checks["private_key"](new SecretValue(key)));
    }

    private async Task RequireRefusedAsync(string error, string installation = "installation_id: 42")
    {
        var (outcome, context) = await RunAsync(Api, installation: installation);
        Assert.Equal(Reason.TokenUnavailable, outcome.Rejection);
        Assert.Equal($"error={error} rejected=token_unavailable", TokenServices.Annotations(context));
        Assert.Null(context.Headers.Find("Authorization"));
    }

    private async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(string url, string method = "GET", string installation = "installation_id: 42", string settings = Narrow)
    {
        var (outcome, context, _) = await StartAsync(url, method, installation, settings);
        return (outcome, context);
    }

    private async Task<(StepOutcome Outcome, RequestContext Context, StepPipeline Pipeline)> StartAsync(string url, string method, string installation, string settings)
    {
        var policy = Policies.Compile(Policy(installation, settings));
        var pipeline = new StepPipeline(policy, [StepRegistry.Create(policy.Plan.Steps[1], _services)!], TimeProvider.System); // It runs.
        var context = Policies.Request(policy, url, method: method);
        return (await pipeline.RunAsync(context), context, pipeline);
    }

    private static string Policy(string installation, string settings) => $$"""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: ["*"], warn: true}
          - name: github_app
            config: {client_id: the-client, private_key: {type: env, var: KEY}, {{installation}}, {{settings}}, rules: [{host: "*.github.com"}, {host: github.com}, {host: github.example.com}]}

        """;

    private static string Decode(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));
}
