using System.Net;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Tokens of Microsoft Entra ID: minted at a server that checks what applications show, with PyJWT where it is signed, and found by Microsoft's own library in workloads.</summary>
public sealed class AzureAuthTests(AzureWorld world) : TokenTests(world), IClassFixture<AzureWorld>
{
    private static readonly string Packages = Repository.Path("tests", "e2e", "azure");

    [SkippableTheory]
    [InlineData("secret", "secret")]
    [InlineData("certificate", "certificate")]
    [InlineData("federated", "token")]
    [InlineData("behind", "certificate")]
    [InlineData("ahead", "certificate")]
    public async Task A_token_is_minted_with_the_first_request_and_kept(string scenario, string way)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync(scenario, "Bearer iron-proxy-stub-token");
        Assert.StartsWith($"200 granted {scenario} ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync(scenario));
        Assert.Equal($"token {scenario} {way} granted", await world.AskedAsync(scenario));
        Assert.Equal(
            $$"""{"client_id":"{{AzureWorld.ClientId}}","injected":["header:Authorization"]}""", AzureWorld.Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1]).GetRawText());
    }

    [SkippableTheory]
    [InlineData("workload", "token")]
    [InlineData("machine", "managed")]
    public async Task The_machine_of_the_proxy_has_an_identity(string scenario, string way)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync(scenario);
        Assert.StartsWith($"200 granted {scenario} ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync(scenario));
        Assert.Equal($"token {scenario} {way} granted", await world.AskedAsync(scenario));
        Assert.Equal("""{"injected":["header:Authorization"]}""", AzureWorld.Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1]).GetRawText());
    }

    [SkippableFact]
    public async Task The_machine_of_the_proxy_is_one_of_App_Service()
    {
        world.Require();
        var (answer, _) = await world.GetOnAsync(world.OnMachine([("IDENTITY_ENDPOINT", $"http://127.0.0.1:{world.PlainPort}/app-service"), ("IDENTITY_HEADER", "canary-identity-header")]), "machine");
        Assert.StartsWith("200 granted machine ", answer, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_machine_without_an_identity_says_so()
    {
        world.Require();
        var (answer, said) = await world.GetOnAsync([("SECRET", "canary-secret")], "workload");
        Assert.StartsWith("502 ", answer, StringComparison.Ordinal);
        Assert.Equal(
            """{"error":"the machine has no workload identity: AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID and AZURE_CLIENT_ID are not all set","rejected":"token_unavailable"}""", said.GetRawText());
    }

    [SkippableTheory]
    [InlineData("down", "secret scripted", "the token endpoint answered with status 503")]
    [InlineData("denied", "secret scripted", "the token endpoint answered with status 401 (invalid_client, AADSTS7000215)")]
    [InlineData("text", "secret scripted", "the token endpoint answered without an access_token")]
    [InlineData("lines", "secret scripted", "the token endpoint answered with an access_token that cannot be sent in a header")]
    [InlineData("ended", "secret scripted", "the token endpoint answered with a token that has ended")]
    [InlineData("late", "certificate too early or too late", "the token endpoint answered with status 400 (invalid_request)")]
    public async Task Without_a_token_the_request_is_refused(string scenario, string said, string error)
    {
        var record = await RequireRefusalAsync(scenario, said);
        Assert.Equal($$"""{"error":"{{error}}","rejected":"token_unavailable"}""", AzureWorld.Step(record).GetRawText());
    }

    [SkippableFact]
    public async Task With_scrub_responses_the_stub_stands_where_the_server_repeats_the_token()
    {
        world.Require();
        Assert.Matches("^200 granted echoed [0-9]+: iron-proxy-stub-token$", await world.GetAsync("echoed"));
    }

    /// <summary>Microsoft's library asks for a token with what it has, or looks for a machine that has one, and goes on with the stub.</summary>
    [SkippableTheory]
    [InlineData("managed", "169.254.169.254")]
    [InlineData("secret", "login.microsoftonline.com")]
    [InlineData("default", "169.254.169.254")]
    public async Task A_workload_with_Microsofts_library_gets_a_stub(string credential, string host)
    {
        world.Require();
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Path.Combine(Packages, "node_modules", "@azure", "identity")), "the packages of tests/e2e/azure are not installed (eng/install-test-tools.sh)");
        var mark = await world.Proxy.MarkAsync();
        var proxy = $"http://{world.Proxy.Listeners["tunnel"]}";
        var (exit, output, error) = await CommandLine.RunAsync(
            "env", $"HTTP_PROXY={proxy}", $"HTTPS_PROXY={proxy}", "NO_PROXY=", "no_proxy=", $"HOME={world.Folder.FullPath}", $"NODE_EXTRA_CA_CERTS={world.Folder.CaFile}", "node", Path.Combine(Packages, "client.mjs"), credential);

        Assert.True(exit == 0, error + output + world.Proxy.Output);
        Assert.Equal("iron-proxy-stub-token\n", output);
        await world.Proxy.FenceAsync();
        var stubs = (await world.Proxy.RecordsSinceAsync(mark, 1)).Where(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT").ToArray();
        Assert.NotEmpty(stubs);
        Assert.All(stubs, r => Assert.Equal("stub", r.GetProperty("audit").GetProperty("action").GetString())); // It asks for nothing else.
        Assert.All(stubs, r => Assert.Equal(host, r.GetProperty("audit").GetProperty("host").GetString()));
        Assert.All(stubs, r => Assert.Equal("""{"stubbed":"oauth2_token_endpoint"}""", AzureWorld.Step(r).GetRawText()));
    }

    /// <summary>With the networks of clouds open, as here, the real metadata server would be reached.</summary>
    [SkippableTheory]
    [InlineData("http://169.254.169.254/metadata/instance?api-version=2021-02-01")]
    [InlineData("http://169.254.169.254/metadata/attested/document")]
    public async Task Nothing_else_of_the_metadata_server_is_there(string url)
    {
        world.Require();
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Metadata", "true" } } };
        using var answer = await world.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [SkippableFact]
    public async Task What_a_workload_sends_to_a_token_endpoint_goes_nowhere()
    {
        world.Require();
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_secret", "mine")]);
        using var answer = await world.Client.PostAsync(new Uri("https://login.microsoftonline.com/mine.example/oauth2/v2.0/token"), form);
        using var token = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("iron-proxy-stub-token", token.RootElement.GetProperty("access_token").GetString());
    }
}

/// <summary>An issuer whose token is replaced while the proxy runs: apart from the others, who have the same.</summary>
public sealed class AzureTurningTests(AzureWorld world) : IClassFixture<AzureWorld>
{
    [SkippableFact]
    public async Task A_token_of_the_issuer_that_is_written_anew_is_shown_from_then_on()
    {
        world.Require();
        var first = await world.GetAsync("turning");
        Assert.StartsWith("200 granted turning ", first, StringComparison.Ordinal);
        world.TurnToken();
        Assert.True(await Patience.UntilAsync(async () => await world.GetAsync("turning") is var next && next != first && next.StartsWith("200 granted turning ", StringComparison.Ordinal)));
    }
}
