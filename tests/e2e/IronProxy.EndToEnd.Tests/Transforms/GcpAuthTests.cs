using System.Net;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Tokens of Google: minted at a server that reads each assertion with PyJWT, found by Google's own libraries in workloads, and by Google's library on the machine of the proxy.</summary>
public sealed class GcpAuthTests(GoogleWorld world) : TokenTests(world, "google_"), IClassFixture<GoogleWorld>
{
    private const string Python = "/usr/bin/python3";

    [SkippableTheory]
    [InlineData("google", "gcp_auth", "Authorization")]
    [InlineData("google_subject", "gcp_auth", "Authorization")]
    [InlineData("google_id", "gcp_id_token", "X-Serverless-Authorization")]
    public async Task A_token_is_minted_with_the_first_request_and_kept(string scenario, string transform, string header)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync(scenario, "Bearer iron-proxy-stub-token");
        Assert.StartsWith($"200 granted {scenario} ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync(scenario));
        Assert.Equal($"token {scenario} urn:ietf:params:oauth:grant-type:jwt-bearer granted", await world.AskedAsync(scenario));

        Assert.Equal(
            $$"""{"service_account":"{{GoogleWorld.Account}}","injected":["header:{{header}}"]}""",
            GoogleWorld.Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1], transform).GetRawText());
    }

    [SkippableFact]
    public Task An_identity_token_that_ends_soon_is_minted_again_before_it_does() => RequireRenewalAsync("google_id_short");

    [SkippableTheory]
    [InlineData("google_down", "the token endpoint answered with status 503")]
    [InlineData("google_denied", "the token endpoint answered with status 400 (invalid_grant)")]
    [InlineData("google_text", "the token endpoint answered without an access_token")]
    public async Task Without_a_token_the_request_is_refused(string scenario, string error)
    {
        var record = await RequireRefusalAsync(scenario, "urn:ietf:params:oauth:grant-type:jwt-bearer scripted");
        Assert.Equal($$"""{"error":"{{error}}","rejected":"token_unavailable"}""", GoogleWorld.Step(record, "gcp_auth").GetRawText());
    }

    /// <summary>google-auth looks for the metadata server, asks it for project, account and token, and goes to the API with what it got.</summary>
    [SkippableFact]
    public async Task A_workload_with_Googles_library_for_Python_finds_a_stub_and_reaches_the_API()
    {
        world.Require();
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/google/auth"), "google-auth is not installed (Debian: python3-google-auth)");
        var mark = await world.Proxy.MarkAsync();
        var proxy = $"http://{world.Proxy.Listeners["tunnel"]}";
        var (exit, output, error) = await CommandLine.RunAsync(
            "env", $"HTTP_PROXY={proxy}", $"HTTPS_PROXY={proxy}", "NO_PROXY=", "no_proxy=", $"HOME={world.Folder.FullPath}", $"REQUESTS_CA_BUNDLE={world.Folder.CaFile}",
            Python, Repository.Path("tests", "e2e", "clients", "google_client.py"), $"https://api.example.com:{world.Port}/google_sdk");

        Assert.True(exit == 0, error + output + world.Proxy.Output);
        Assert.Equal(["the-project", GoogleWorld.Account, "iron-proxy-stub-token"], output.Split('\n')[..3]);
        Assert.StartsWith("200 granted google_sdk ", output.Split('\n')[3], StringComparison.Ordinal);
        var stubs = (await world.Proxy.RecordsSinceAsync(mark, 6)).Where(r => r.GetProperty("audit").GetProperty("action").GetString() == "stub").ToArray();
        Assert.Equal(4, stubs.Length);
        Assert.All(stubs, r => Assert.Equal("""{"stubbed":"oauth2_token_endpoint"}""", GoogleWorld.Step(r, "gcp_auth").GetRawText()));
    }

    [SkippableFact]
    public async Task A_workload_with_Googles_library_for_NET_does_the_same()
    {
        world.Require();
        var credential = new ComputeCredential(new ComputeCredential.Initializer { HttpClientFactory = HttpClientFactory.ForProxy(new WebProxy($"http://{world.Proxy.Listeners["tunnel"]}")) });
        Assert.Equal(GoogleWorld.Account, await credential.GetDefaultServiceAccountEmailAsync());
        var token = await credential.GetAccessTokenForRequestAsync();

        Assert.Equal("iron-proxy-stub-token", token);
        Assert.StartsWith("200 granted google_sdk ", await world.GetAsync("google_sdk", $"Bearer {token}"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Googles_token_endpoint_is_answered_here_and_nothing_that_it_was_sent_goes_on()
    {
        world.Require();
        using var form = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", "mine")]);
        using var answer = await world.Client.PostAsync(new Uri("https://oauth2.googleapis.com/token"), form);
        Assert.Equal("""{"access_token":"iron-proxy-stub-token","expires_in":3600,"token_type":"Bearer"}""", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>With the networks of clouds open, as here, the real metadata server would be reached.</summary>
    [SkippableTheory]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=a")]
    [InlineData("http://169.254.169.254/computeMetadata/v1/instance/attributes/kube-env")]
    public async Task Nothing_else_of_the_metadata_server_is_there(string url)
    {
        world.Require();
        using var answer = await world.Client.GetAsync(new Uri(url));
        Assert.Equal((HttpStatusCode.NotFound, "Google"), (answer.StatusCode, Assert.Single(answer.Headers.GetValues("Metadata-Flavor"))));
    }

    /// <summary>The stub is the metadata server of the proxy's own machine, and insists on the header and the scopes.</summary>
    [SkippableFact]
    public async Task The_machine_of_the_proxy_has_a_service_account()
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync("machine");
        Assert.StartsWith("200 granted machine ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync("machine"));
        Assert.Equal("""{"injected":["header:Authorization"]}""", GoogleWorld.Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1], "gcp_auth").GetRawText());
    }

    [SkippableFact]
    public async Task The_machine_of_the_proxy_has_an_identity_of_another_cloud()
    {
        world.Require();
        var (answer, _) = await world.GetOnAsync([.. world.OnMachine("127.0.0.1:1").SkipLast(1), ("GOOGLE_APPLICATION_CREDENTIALS", world.WriteFederation())], "federated");
        Assert.StartsWith("200 granted federated ", answer, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("", "nobody answered for the credentials of Google Cloud: set GOOGLE_APPLICATION_CREDENTIALS, or give the machine a service account")]
    [InlineData("absent.json", "the file that GOOGLE_APPLICATION_CREDENTIALS names is not there")]
    [InlineData("broken.json", "the credentials of Google Cloud that the machine has cannot be used")]
    public async Task A_machine_without_credentials_says_so(string file, string error)
    {
        world.Require();
        world.Folder.Write("broken.json", """{"type":"canary-type"}""");
        var (answer, said) = await world.GetOnAsync([.. world.OnMachine("127.0.0.1:1").SkipLast(1), ("GOOGLE_APPLICATION_CREDENTIALS", file.Length == 0 ? "" : world.Folder.File(file))], "machine");
        Assert.StartsWith("502 ", answer, StringComparison.Ordinal);
        Assert.Equal(error, said);
    }
}
