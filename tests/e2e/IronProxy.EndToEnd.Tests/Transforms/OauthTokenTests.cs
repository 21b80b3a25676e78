using System.Net;
using System.Text.Json;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Tokens, minted at a server that is not of this project and checks all that it is sent, and put into requests to its API.</summary>
public sealed class OauthTokenTests(OauthWorld world) : TokenTests(world), IClassFixture<OauthWorld>
{
    [SkippableTheory]
    [InlineData("client_credentials", "client_credentials", "Authorization")]
    [InlineData("scoped", "client_credentials", "Authorization")]
    [InlineData("password", "password", "Authorization")]
    [InlineData("refresh", "refresh_token", "Authorization")]
    [InlineData("jwt", "jwt_bearer", "Authorization")]
    [InlineData("text_lifetime", "client_credentials", "Authorization")]
    [InlineData("forever", "client_credentials", "Authorization")]
    [InlineData("no_lifetime", "client_credentials", "Authorization")]
    [InlineData("headers", "client_credentials", "X-Token")]
    public async Task A_token_is_minted_with_the_first_request_and_kept(string scenario, string grant, string header)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync(scenario);
        Assert.StartsWith($"200 granted {scenario} ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync(scenario));
        Assert.Equal(
            $"token {scenario} {(grant == "jwt_bearer" ? "urn:ietf:params:oauth:grant-type:jwt-bearer" : grant)} granted", await world.AskedAsync(scenario));

        var step = Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1]);
        Assert.Equal("continue", step.GetProperty("action").GetString());
        Assert.Equal($$"""{"grant":"{{grant}}","injected":["header:{{header}}"]}""", step.GetProperty("annotations").GetRawText());
    }

    /// <summary>Without it the same server hands the token over, so that the test would fail.</summary>
    [SkippableFact]
    public async Task With_scrub_responses_the_stub_stands_where_the_server_repeats_the_token()
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        Assert.Matches("^200 granted echoed [0-9]+: iron-proxy-stub-token$", await world.GetAsync("echoed"));
        Assert.Matches("^200 granted echoed_back [0-9]+: canary-access-", await world.GetAsync("echoed_back"));

        var records = await world.Proxy.RecordsSinceAsync(mark, 4);
        Assert.Equal("""[{"secret":"client_credentials","locations":["body"]}]""", records[1].GetProperty("response_transforms")[0].GetProperty("annotations").GetProperty("scrubbed").GetRawText());
        Assert.Empty(records[3].GetProperty("response_transforms").EnumerateArray());
    }

    /// <summary>The server takes each refresh token once, and gives another.</summary>
    [SkippableFact]
    public async Task A_rotated_refresh_token_is_used_from_then_on_also_behind_a_reload()
    {
        var first = await world.GetAsync("refresh");
        Assert.StartsWith("200 granted refresh ", first, StringComparison.Ordinal);
        world.Folder.Compile(world.Policy("*.example.org"));
        await world.Proxy.SignalAsync("HUP");
        Assert.True(await world.Proxy.WaitForLineAsync("the policy was reloaded"));

        var next = await world.GetAsync("refresh");
        Assert.StartsWith("200 granted refresh ", next, StringComparison.Ordinal);
        Assert.NotEqual(first, next);
    }

    [SkippableFact]
    public async Task A_rotated_refresh_token_is_kept_when_the_rest_of_the_answer_is_worth_nothing()
    {
        Assert.StartsWith("502 ", await world.GetAsync("turning"), StringComparison.Ordinal);
        Assert.True(await Patience.UntilAsync(async () => (await world.GetAsync("turning")).StartsWith("200 granted turning ", StringComparison.Ordinal)));
    }

    [SkippableTheory]
    [InlineData("down", "the token endpoint answered with status 503")]
    [InlineData("denied", "the token endpoint answered with status 400 (invalid_grant)")]
    [InlineData("unknown", "the token endpoint answered with status 400")]
    [InlineData("text", "the token endpoint answered without an access_token")]
    [InlineData("none", "the token endpoint answered without an access_token")]
    [InlineData("ended", "the token endpoint answered with a token that has ended")]
    [InlineData("lines", "the token endpoint answered with an access_token that cannot be sent in a header")]
    [InlineData("long", "the answer of the token endpoint is too long")]
    [InlineData("instant", "it ends as soon as it comes")]
    [InlineData("redirect", "the token endpoint answered with status 307")]
    public async Task Without_a_token_the_request_is_refused(string scenario, string error)
    {
        var record = await RequireRefusalAsync(scenario, "client_credentials scripted");
        Assert.Equal(
            $$"""{"grant":"client_credentials","error":"{{error}}","rejected":"token_unavailable"}""", Step(record).GetProperty("annotations").GetRawText());
    }

    [SkippableFact]
    public async Task With_require_false_it_goes_on_as_it_was_sent() =>
        Assert.Equal("401 with Bearer iron-proxy-stub-token", await world.GetAsync("optional", "Bearer iron-proxy-stub-token"));

    [SkippableFact]
    public async Task With_require_stub_a_request_without_it_is_refused_and_mints_nothing()
    {
        Assert.StartsWith("403 ", await world.GetAsync("stubbed"), StringComparison.Ordinal);
        Assert.StartsWith("403 ", await world.GetAsync("stubbed", "Bearer something-else"), StringComparison.Ordinal);
        Assert.StartsWith("200 granted stubbed ", await world.GetAsync("stubbed", "Bearer iron-proxy-stub-token"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_workload_that_asks_for_a_token_gets_a_stub_and_the_server_hears_nothing()
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://login.example.com:{world.Port}/token/client_credentials");
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var answer = await world.Client.SendAsync(request);

        Assert.Equal("""{"access_token":"iron-proxy-stub-token","expires_in":3600,"token_type":"Bearer"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.OK, "application/json", "no-store"), (answer.StatusCode, answer.Content.Headers.ContentType!.ToString(), answer.Headers.CacheControl!.ToString()));
        var record = (await world.Proxy.RecordsSinceAsync(mark, 2))[^1];
        Assert.Equal("stub", record.GetProperty("audit").GetProperty("action").GetString());
        Assert.Equal("""{"stubbed":"oauth2_token_endpoint"}""", Step(record).GetProperty("annotations").GetRawText());

        Assert.StartsWith("200 granted client_credentials ", await world.GetAsync("client_credentials", "Bearer iron-proxy-stub-token"), StringComparison.Ordinal);
    }

    private static JsonElement Step(JsonElement record) =>
        record.GetProperty("request_transforms").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "oauth_token");
}
