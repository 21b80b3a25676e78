using System.Net;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Tokens of a GitHub App: minted at a server that reads each assertion with PyJWT and judges its times as GitHub does, and used by git and gh, which hold nothing.</summary>
public sealed class GithubAppTests(GithubWorld world) : TokenTests(world), IClassFixture<GithubWorld>
{
    private static readonly string[] GitIdentity = ["-c", "user.name=Workload", "-c", "user.email=workload@example.com"];

    [SkippableTheory]
    [InlineData("app", "42")]
    [InlineData("all", "42")]
    [InlineData("organization", "octo-org")]
    [InlineData("user", "octo-org")]
    [InlineData("behind", "42")]
    [InlineData("ahead", "42")]
    public async Task A_token_is_minted_with_the_first_request_and_kept(string scenario, string installation)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var first = await world.GetAsync(scenario, "token iron-proxy-stub-token");
        Assert.StartsWith($"200 granted {scenario} ", first, StringComparison.Ordinal);
        Assert.Equal(first, await world.GetAsync(scenario));
        Assert.Equal($"token {scenario} - granted", await world.AskedAsync(scenario));
        Assert.Equal(
            $$"""{"installation":"{{installation}}","injected":["header:Authorization"]}""", GithubWorld.Step((await world.Proxy.RecordsSinceAsync(mark, 4))[^1]).GetRawText());
    }

    [SkippableTheory]
    [InlineData("down", "scripted", "GitHub answered with status 503")]
    [InlineData("denied", "scripted", "GitHub answered with status 422: the installation does not have the repositories or permissions that are asked for")]
    [InlineData("unknown", "scripted", "GitHub answered with status 404: it knows no such installation of the app")]
    [InlineData("suspended", "scripted", "GitHub answered with status 403: the app may not, or asks too often, or the installation is suspended")]
    [InlineData("text", "scripted", "GitHub answered without a token")]
    [InlineData("lines", "scripted", "GitHub answered with a token that cannot be sent in a header")]
    [InlineData("ended", "scripted", "GitHub answered with a token that has ended")]
    [InlineData("nobody", null, "GitHub knows no installation of the app for this owner (status 404)")]
    [InlineData("far_ahead", "ends too late or has ended", "GitHub answered with status 401: it does not take the app's signature, and its clock is [0-9]+ s ahead")]
    [InlineData("far_behind", "issued in the future", "GitHub answered with status 401: it does not take the app's signature, and its clock is [0-9]+ s behind")]
    public async Task Without_a_token_the_request_is_refused(string scenario, string? said, string error)
    {
        var record = await RequireRefusalAsync(scenario, said is null ? null : $"- {said}");
        var step = GithubWorld.Step(record);
        Assert.Matches($"^{error.Replace("(", @"\(", StringComparison.Ordinal).Replace(")", @"\)", StringComparison.Ordinal)}$", step.GetProperty("error").GetString()!);
        Assert.Equal("token_unavailable", step.GetProperty("rejected").GetString());
    }

    [SkippableFact]
    public async Task With_scrub_responses_the_stub_stands_where_the_server_repeats_the_token()
    {
        world.Require();
        Assert.Matches("^200 granted echoed [0-9]+: iron-proxy-stub-token$", await world.GetAsync("echoed"));
    }

    [SkippableFact]
    public async Task Git_clones_and_pushes_without_a_credential()
    {
        world.Require();
        CommandLine.Require("git", "git");
        await MakeRepositoryAsync();
        var (work, again) = (world.Folder.File("work"), world.Folder.File("again"));

        await SucceedAsync("git", "clone", "--quiet", Url("git"), work);
        Assert.Equal("git git GET /git/app.git/info/refs 200", await world.AskedByGitAsync("git")); // The first request of all, and no 401 before.
        File.WriteAllBytes(Path.Combine(work, "large"), new byte[3 * 1024 * 1024]); // More than git sends in one piece (http.postBuffer), so that it is chunked.
        await SucceedAsync("git", "-C", work, "add", "large");
        await SucceedAsync(["git", "-C", work, .. GitIdentity, "-c", "core.compression=0", "commit", "--quiet", "--message", "large"]);
        var mark = await world.Proxy.MarkAsync();
        await SucceedAsync("git", "-C", work, "-c", "core.compression=0", "-c", "pack.compression=0", "push", "--quiet", "origin", "HEAD:main");
        await SucceedAsync("git", "clone", "--quiet", Url("git"), again);
        Assert.Equal(3 * 1024 * 1024, new FileInfo(Path.Combine(again, "large")).Length);

        var records = (await world.Proxy.RecordsSinceAsync(mark, 4)).Where(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT").ToArray();
        Assert.All(records, r => Assert.Equal(200, r.GetProperty("audit").GetProperty("status").GetInt32()));
        Assert.All(records, r => Assert.Equal("""{"installation":"42","injected":["header:Authorization"]}""", GithubWorld.Step(r).GetRawText()));
    }

    /// <summary>A workload may have the stub as its credential: git sends it when it is asked, which it is not.</summary>
    [SkippableFact]
    public async Task Git_that_has_a_stub_in_its_URL_gets_the_same()
    {
        world.Require();
        CommandLine.Require("git", "git");
        await MakeRepositoryAsync();
        await SucceedAsync("git", "clone", "--quiet", Url("git").Replace("https://", "https://x-access-token:iron-proxy-stub-token@", StringComparison.Ordinal), world.Folder.File("stub"));
        await SucceedAsync("git", "-c", "http.extraHeader=Authorization: Basic aXJvbi1wcm94eQ==", "clone", "--quiet", Url("git"), world.Folder.File("header"));
    }

    [SkippableFact]
    public async Task A_token_that_may_read_pushes_nothing()
    {
        world.Require();
        CommandLine.Require("git", "git");
        await MakeRepositoryAsync();
        var work = world.Folder.File("reader");
        await SucceedAsync("git", "clone", "--quiet", Url("read"), work);
        await SucceedAsync(["git", "-C", work, .. GitIdentity, "commit", "--quiet", "--allow-empty", "--message", "empty"]);

        var (exit, _, error) = await world.RunAsync("git", "-C", work, "push", "--quiet", "origin", "HEAD:main");
        Assert.Equal(128, exit);
        Assert.Contains("403", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Gh_asks_the_API_with_a_stub()
    {
        world.Require();
        CommandLine.Require("gh", "gh");
        var (exit, output, error) = await world.RunAsync(
            "env", "GH_HOST=login.example.com", "GH_ENTERPRISE_TOKEN=iron-proxy-stub-token", "gh", "api", $"https://login.example.com:{world.Port}/gh/repos/octo-org/app", "--jq", ".full_name");
        Assert.True(exit == 0, error + output + world.Proxy.Output);
        Assert.Equal("octo-org/app\n", output);
    }

    [SkippableFact]
    public async Task A_workload_that_asks_for_a_token_or_ends_its_own_is_answered_here()
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        using var made = await world.Client.PostAsync(new Uri($"https://login.example.com:{world.Port}/app/app/installations/42/access_tokens"), null);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var token = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        Assert.Equal("iron-proxy-stub-token", token.RootElement.GetProperty("token").GetString());
        Assert.InRange(token.RootElement.GetProperty("expires_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(65));

        using var ended = await world.Client.DeleteAsync(new Uri($"https://login.example.com:{world.Port}/app/installation/token"));
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.StartsWith("200 granted app ", await world.GetAsync("app"), StringComparison.Ordinal);

        var stubs = (await world.Proxy.RecordsSinceAsync(mark, 3)).Where(r => r.GetProperty("audit").GetProperty("action").GetString() == "stub").ToArray();
        Assert.All(stubs, r => Assert.Equal("""{"stubbed":"installation_token"}""", GithubWorld.Step(r).GetRawText()));
        Assert.Equal(2, stubs.Length);
    }

    private string Url(string scenario) => $"https://api.example.com:{world.Port}/{scenario}/app.git";

    private async Task SucceedAsync(params string[] command)
    {
        var (exit, output, error) = await world.RunAsync(command);
        Assert.True(exit == 0, $"{string.Join(' ', command)} ended with {exit}: {error}{output}");
    }

    /// <summary>A repository with one commit, as the server has it.</summary>
    private async Task MakeRepositoryAsync()
    {
        var bare = Path.Combine(world.Repositories, "app.git");
        if (Directory.Exists(bare))
        {
            return;
        }

        await CommandLine.SucceedAsync("git", "init", "--quiet", "--bare", "--initial-branch=main", bare);
        var seed = world.Folder.File("seed");
        await CommandLine.SucceedAsync("git", "init", "--quiet", "--initial-branch=main", seed);
        await CommandLine.SucceedAsync("git", ["-C", seed, .. GitIdentity, "commit", "--quiet", "--allow-empty", "--message", "first"]);
        await CommandLine.SucceedAsync("git", "-C", seed, "push", "--quiet", bare, "main");
    }
}

/// <summary>An app whose key is turned while the proxy runs: apart from the others, whose key it turns, too.</summary>
public sealed class GithubKeyTests(GithubWorld world) : IClassFixture<GithubWorld>
{
    [SkippableFact]
    public async Task A_key_that_is_turned_is_signed_with_from_then_on()
    {
        world.Require();
        var first = await world.GetAsync("turning");
        Assert.StartsWith("200 granted turning ", first, StringComparison.Ordinal);
        world.TurnKey();
        Assert.True(await Patience.UntilAsync(async () => await world.GetAsync("turning") is var next && next != first && next.StartsWith("200 granted turning ", StringComparison.Ordinal)));
    }
}
