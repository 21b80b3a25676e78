using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Web;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>azure_auth. What PyJWT and Microsoft's library think of it, the end-to-end tests say.</summary>
public sealed class AzureAuthStepTests
{
    private const string Api = "https://management.azure.com/subscriptions";

    private const string Client = "00001111-aaaa-2222-bbbb-3333cccc4444";

    private const string Ids = "tenant_id: a.example, client_id: " + Client;

    private const string Endpoint = "https://login.microsoftonline.com/a.example/oauth2/v2.0/token";

    private const string Granted = """{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"the-access-token"}""";

    private static readonly RSA Key = RSA.Create(2048);

    private static readonly X509Certificate2 Certificate =
        new CertificateRequest("CN=app", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

    private readonly TokenServices _services = new(new Dictionary<string, string>
    {
        ["client_secret"] = "the-secret",
        ["client_certificate"] = Key.ExportPkcs8PrivateKeyPem() + "\n" + Certificate.ExportCertificatePem(),
        ["federated_token"] = "the-federated-token\n",
    });

    [Theory]
    [InlineData("client_secret", "client_secret=the-secret")]
    [InlineData("federated_token", "client_assertion_type=urn%3aietf%3aparams%3aoauth%3aclient-assertion-type%3ajwt-bearer&client_assertion=the-federated-token")]
    public async Task An_application_shows_what_the_policy_names(string credential, string shown)
    {
        _services.Server.Answers(HttpStatusCode.OK, Granted);
        var (outcome, context) = await RunAsync(Api, $"{Ids}, {credential}: {{type: env, var: A}}");

        Assert.True(outcome.Continues);
        Assert.Equal(("Bearer the-access-token", $"client_id={Client} injected=header:Authorization"), (context.Headers.Find("Authorization"), TokenServices.Annotations(context)));
        Assert.Equal(TimeSpan.FromSeconds(3599), _services.Minted!.Lifetime);
        Assert.StartsWith($"POST {Endpoint}\n", _services.Server.Asked[0], StringComparison.Ordinal);
        Assert.Equal(
            $"grant_type=client_credentials&client_id={Client}&scope=https%3a%2f%2fmanagement.azure.com%2f.default&{shown}",
            HttpUtility.ParseQueryString(_services.Server.Asked[0].Split('\n')[^1]).ToString());
    }

    [Fact]
    public async Task An_application_signs_with_the_key_of_its_certificate()
    {
        _services.Server.Answers(HttpStatusCode.OK, Granted);
        await RunAsync(Api, Ids + ", client_certificate: {type: env, var: A}");

        var form = HttpUtility.ParseQueryString(_services.Server.Asked[0].Split('\n')[^1]);
        Assert.Null(form["client_secret"]);
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form["client_assertion_type"]);
        var parts = form["client_assertion"]!.Split('.'); // It is there.
        Assert.Equal($$"""{"alg":"PS256","typ":"JWT","x5t#S256":"{{Base64Url.EncodeToString(SHA256.HashData(Certificate.RawData))}}"}""", Decode(parts[0]));
        Assert.Equal(
            $$"""{"aud":"{{Endpoint}}","iss":"{{Client}}","sub":"{{Client}}","iat":1767322985,"exp":1767323585,"nbf":1767322985}""",
            Regex.Replace(Decode(parts[1]), ",\"jti\":\"[0-9a-f-]{36}\"", ""));
        Assert.True(Key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    [Fact]
    public void A_certificate_is_looked_at_when_it_is_read()
    {
        _services.Server.Answers(HttpStatusCode.OK, Granted);
        _ = Prepare(Api, "GET", Ids + ", client_certificate: {type: env, var: A}", "");
        using var other = RSA.Create(2048);
        Assert.Null(_services.Checks["client_certificate"](new SecretValue(Certificate.ExportCertificatePem() + "\n" + Key.ExportRSAPrivateKeyPem())));
        foreach (var text in (string[])["canary", Certificate.ExportCertificatePem(), Key.ExportPkcs8PrivateKeyPem(), Certificate.ExportCertificatePem() + "\n" + other.ExportPkcs8PrivateKeyPem(), "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n" + Key.ExportPkcs8PrivateKeyPem()])
        {
            Assert.Equal("is no certificate with its RSA key in PEM", _services.Checks["client_certificate"](new SecretValue(text)));
        }
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_client","error_description":"canary","error_codes":[7000215]}""", "the token endpoint answered with status 400 (invalid_client, AADSTS7000215)")]
    [InlineData(400, """{"error":"invalid_scope","error_codes":["canary"]}""", "the token endpoint answered with status 400 (invalid_scope)")]
    [InlineData(400, """{"error":"canary","error_codes":[1]}""", "the token endpoint answered with status 400")]
    [InlineData(503, "canary", "the token endpoint answered with status 503")]
    [InlineData(200, "{}", "the token endpoint answered without an access_token")]
    public async Task Without_a_token_the_request_is_refused(int status, string body, string error)
    {
        _services.Server.Answers((HttpStatusCode)status, body);
        var (outcome, context) = await RunAsync(Api, Ids + ", client_secret: {type: env, var: A}");
        Assert.Equal((Reason.TokenUnavailable, $"error={error} rejected=token_unavailable"), (outcome.Rejection, TokenServices.Annotations(context)));
        Assert.Null(context.Headers.Find("Authorization"));
    }

    [Fact]
    public async Task A_pod_has_its_workload_identity_in_the_environment()
    {
        _services.Machine.Add("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token");
        _services.Machine.Add("AZURE_TENANT_ID", "b.example");
        _services.Machine.Add("AZURE_CLIENT_ID", "the-client");
        _services.Server.Answers(HttpStatusCode.OK, Granted);
        var (_, context) = await RunAsync(Api, "credentials_provider: {type: workload_identity}");

        Assert.Equal("injected=header:Authorization", TokenServices.Annotations(context));
        Assert.StartsWith("POST https://login.microsoftonline.com/b.example/oauth2/v2.0/token\n", _services.Server.Asked[0], StringComparison.Ordinal);
        var form = HttpUtility.ParseQueryString(_services.Server.Asked[0].Split('\n')[^1]);
        Assert.Equal(("the-client", "the-federated-token"), (form["client_id"], form["client_assertion"]));
    }

    [Theory]
    [InlineData("AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID")]
    [InlineData("AZURE_TENANT_ID", "AZURE_CLIENT_ID")]
    [InlineData("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID")]
    public async Task A_machine_without_one_says_what_is_not_set(string one, string other)
    {
        _services.Machine.Add(one, "x");
        _services.Machine.Add(other, "x");
        var (_, context) = await RunAsync(Api, "credentials_provider: {type: workload_identity}");
        Assert.Equal(
            "error=the machine has no workload identity: AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID and AZURE_CLIENT_ID are not all set rejected=token_unavailable", TokenServices.Annotations(context));
        Assert.Empty(_services.Server.Asked);
    }

    [Theory]
    [InlineData("", "", "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com\nMetadata: true\n")]
    [InlineData("client_id: " + Client + ", ", "", "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com&client_id=" + Client + "\nMetadata: true\n")]
    [InlineData("", "AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:40342/", "GET http://127.0.0.1:40342/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com\nMetadata: true\n")]
    [InlineData(
        "", "IDENTITY_ENDPOINT=http://127.0.0.1:41741/msi/token IDENTITY_HEADER=853b9a84",
        "GET http://127.0.0.1:41741/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com\nX-IDENTITY-HEADER: 853b9a84\n")]
    [InlineData("", "IDENTITY_ENDPOINT=http://127.0.0.1:41741/msi/token", "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com\nMetadata: true\n")]
    public async Task A_machine_is_asked_where_its_environment_says(string client, string machine, string asked)
    {
        foreach (var variable in machine.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')))
        {
            _services.Machine.Add(variable[0], variable[1]);
        }

        _services.Server.Answers(HttpStatusCode.OK, """{"access_token":"the-access-token","expires_in":"86399","expires_on":"1","resource":"https://management.azure.com","token_type":"Bearer"}""");
        var (_, context) = await RunAsync(Api, client + "credentials_provider: {type: managed_identity}");

        Assert.Equal(asked, Assert.Single(_services.Server.Asked));
        Assert.Equal("Bearer the-access-token", context.Headers.Find("Authorization"));
        Assert.Equal(TimeSpan.FromSeconds(86399), _services.Minted!.Lifetime);
    }

    /// <summary>App Service says when a token ends, by its own clock.</summary>
    [Theory]
    [InlineData("Wed, 01 Jan 2020 00:00:00 GMT", 1800)]
    [InlineData(null, null)]
    public async Task A_token_of_App_Service_ends_when_the_server_says(string? date, int? seconds)
    {
        _services.Server.Answers(HttpStatusCode.OK, """{"access_token":"the-access-token","expires_on":"1577838600"}""", date);
        await RunAsync(Api, "credentials_provider: {type: managed_identity}");
        Assert.Equal(seconds, _services.Minted!.Lifetime?.TotalSeconds);
    }

    [Theory]
    [InlineData("GET", "identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com", "Metadata: true", 200)]
    [InlineData("GET", "identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com", "metadata: True", 200)]
    [InlineData("GET", "identity/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com&api-version=2019-08-01", "X-IDENTITY-HEADER: any", 200)]
    [InlineData("GET", "identity/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com", "Accept: */*", 400)]
    [InlineData("GET", "identity/oauth2/token?resource=", "Metadata: true", 400)]
    [InlineData("GET", "identity/oauth2/token", "Metadata: true", 400)]
    [InlineData("POST", "identity/oauth2/token?resource=a", "Metadata: true", 405)]
    [InlineData("GET", "instance?api-version=2021-02-01", "Metadata: true", 404)]
    [InlineData("GET", "attested/document", "Metadata: true", 404)]
    public async Task The_metadata_server_is_here_and_mints_nothing(string method, string path, string header, int status)
    {
        var (pipeline, context) = Prepare($"http://169.254.169.254/metadata/{path}", method, Ids + ", client_secret: {type: env, var: A}", "");
        context.Headers.Set(header.Split(": ")[0], header.Split(": ")[1]);
        var answer = (await pipeline.RunAsync(context)).Answer!;

        Assert.Equal(status, answer.Status);
        Assert.Equal("stubbed=oauth2_token_endpoint", TokenServices.Annotations(context));
        Assert.Empty(_services.Server.Asked);
        if (status == 200)
        {
            Assert.Equal(
                $$"""{"access_token":"iron-proxy-stub-token","client_id":"{{Client}}","expires_in":"3600","expires_on":"1767326645","not_before":"1767323045","resource":"https://management.azure.com","token_type":"Bearer"}""",
                Encoding.UTF8.GetString(answer.Body.Span));
        }
    }

    [Fact]
    public async Task The_token_endpoint_of_every_tenant_is_here_as_well()
    {
        var (outcome, context) = await RunAsync("https://login.microsoftonline.com/other.example/oauth2/v2.0/token", Ids + ", client_secret: {type: env, var: A}", "POST");
        Assert.Equal("""{"access_token":"iron-proxy-stub-token","expires_in":3600,"token_type":"Bearer"}""", Encoding.UTF8.GetString(outcome.Answer!.Body.Span));
        Assert.Equal("stubbed=oauth2_token_endpoint", TokenServices.Annotations(context));
        Assert.Empty(_services.Server.Asked);
    }

    [Theory]
    [InlineData("http://management.azure.com/", "secret_over_plaintext")]
    [InlineData("https://other.example.com/", null)]
    public async Task Without_TLS_or_out_of_scope_nothing_is_set(string url, string? reason)
    {
        var (outcome, context) = await RunAsync(url, Ids + ", client_secret: {type: env, var: A}");
        Assert.Equal((reason, ""), (outcome.Rejection?.Code, TokenServices.Annotations(context)));
        Assert.Null(context.Headers.Find("Authorization"));
        Assert.Empty(_services.Server.Asked);
    }

    [Fact]
    public async Task With_scrub_responses_the_stub_stands_where_the_token_comes_back()
    {
        _services.Server.Answers(HttpStatusCode.OK, Granted);
        var (pipeline, context) = Prepare(Api, "GET", Ids + ", client_secret: {type: env, var: A}", ", scrub_responses: true");
        Assert.True((await pipeline.RunAsync(context)).Continues);
        var response = new ResponseContext(context, 200, [], new ScriptedResponse("you sent Bearer the-access-token"u8.ToArray(), piece: 7));

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal("you sent Bearer iron-proxy-stub-token", Encoding.UTF8.GetString(await ScriptedResponse.ReadAllAsync(response.Body)));
    }

    private async Task<(StepOutcome Outcome, RequestContext Context)> RunAsync(string url, string identity, string method = "GET")
    {
        var (pipeline, context) = Prepare(url, method, identity, "");
        return (await pipeline.RunAsync(context), context);
    }

    private (StepPipeline Pipeline, RequestContext Context) Prepare(string url, string method, string identity, string more)
    {
        var policy = Policies.Compile(Policy(identity, more));
        return (new StepPipeline(policy, [StepRegistry.Create(policy.Plan.Steps[1], _services)!], TimeProvider.System), Policies.Request(policy, url, method: method)); // It runs.
    }

    private static string Policy(string identity, string more) => $$"""
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - name: allowlist
            config: {domains: ["*"], warn: true}
          - name: azure_auth
            config: { {{identity}}, scope: "https://management.azure.com/.default", rules: [{host: management.azure.com}]{{more}} }

        """;

    private static string Decode(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));
}
