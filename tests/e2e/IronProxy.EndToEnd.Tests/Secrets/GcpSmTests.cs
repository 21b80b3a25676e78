using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets of Google Secret Manager, read with the identity of the machine.</summary>
public sealed class GcpSmTests : IAsyncLifetime, IDisposable
{
    private const string Source = "{ type: gcp_sm, secret_id: projects/my-project/secrets/key }";
    private const string Latest = "projects/my-project/secrets/key/versions/latest";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private BackgroundProcess _google = null!; // Set before a test runs.

    public async Task InitializeAsync()
    {
        CommandLine.Require("python3", "python3");
        Keep(Latest, "text-canary");
        _google = await BackgroundProcess.StartAsync(
            ["python3", Repository.Path("tests", "e2e", "stubs", "google_secrets.py"), _folder.File("secrets.json")], line => line.StartsWith("port ", StringComparison.Ordinal));
    }

    public async Task DisposeAsync() => await _google.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(Source, Latest, "text-canary")]
    [InlineData("{ type: gcp_sm, secret_id: projects/example.com:my-project/secrets/key/versions/3 }", "projects/example.com:my-project/secrets/key/versions/3", "text-canary")]
    [InlineData("{ type: gcp_sm, secret_id: projects/my-project/secrets/key, json_key: token }", Latest, "{\"token\":\"text-canary\"}")]
    public async Task A_secret_is_sent(string source, string name, string value)
    {
        Keep(name, value);
        await using var proxy = await SourceProxy.StartAsync(_folder, source, Machine);
        await proxy.AssertSentAsync("text-canary");
        await proxy.StopAsync();
    }

    [SkippableFact]
    public async Task A_value_is_read_again_behind_its_ttl_also_past_a_failure()
    {
        await using var proxy = await SourceProxy.StartAsync(_folder, "{ type: gcp_sm, secret_id: projects/my-project/secrets/key, ttl: 1s }", Machine);
        await proxy.AssertSentAsync("text-canary");
        Keep(Latest, new { status = 429, code = "RESOURCE_EXHAUSTED" });
        await proxy.AssertLoggedAsync("Google is asked too often");
        Keep(Latest, "second-canary");
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
    }

    [SkippableFact]
    public async Task Errors_are_told_by_their_code_and_other_answers_are_not_repeated()
    {
        (object Answer, string Expected)[] cases =
        [
            (new { status = 404, code = "NOT_FOUND" }, "there is no such secret or version"),
            (new { status = 403, code = "PERMISSION_DENIED" }, "the account needs secretmanager.versions.access"),
            (new { status = 400, code = "FAILED_PRECONDITION" }, "the version is disabled or destroyed"),
            (new { status = 500, code = "INTERNAL" }, "it answered 500 (INTERNAL)"),
            (new { status = 500, code = "canary here" }, "it answered 500."),
            (new { status = 503, body = "<h1>canary</h1>" }, "it answered 503."),
            (new { status = 200, body = "canary" }, "what answered is not Secret Manager"),
            (new { status = 200, body = "{\"payload\":{\"data\":\"canary!\"}}" }, "what answered is not Secret Manager"),
            (new { status = 200, body = "{\"payload\":{\"name\":\"canary\"}}" }, "it has no value"),
            (new { status = 200, body = "{\"payload\":{\"data\":\"/////w==\"}}" }, "is not UTF-8 text"),
            (new { value = "text-canary", crc = "1" }, "its value was damaged on the way"),
        ];
        foreach (var (answer, expected) in cases)
        {
            Keep(Latest, answer);
            var error = await SourceProxy.FailAsync(_folder, Source, Machine);
            Assert.Contains(" of line 21 ", error, StringComparison.Ordinal);
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("GCE_METADATA_HOST", "127.0.0.1:1", "nobody answered for the credentials of Google Cloud")]
    [InlineData("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "canary", "does not hold a URL")]
    public async Task What_the_environment_lacks_is_said(string variable, string value, string expected) =>
        Assert.Contains(expected, await SourceProxy.FailAsync(_folder, Source, [.. Machine.Where(v => v.Item1 != variable), (variable, value)]), StringComparison.Ordinal);

    private (string, string)[] Machine =>
    [
        ("GCE_METADATA_HOST", "127.0.0.1:" + _google.Ready["port ".Length..]), ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "http://127.0.0.1:" + _google.Ready["port ".Length..]),
        ("HOME", _folder.FullPath), ("CLOUDSDK_CONFIG", ""), ("GOOGLE_APPLICATION_CREDENTIALS", ""),
    ];

    private void Keep(string name, object answer) => _folder.Write("secrets.json", JsonSerializer.Serialize(new Dictionary<string, object> { [name] = answer }));
}
