using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>Who may ask the management API, and what it tells.</summary>
public sealed class ManagementApiTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Without_the_key_all_paths_are_alike()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        string[][] strangers =
        [
            [],
            ["-H", "Authorization: Bearer"],
            ["-H", "Authorization: Bearer "],
            ["-H", $"Authorization: Bearer {ManagedProxy.Key}x"],
            ["-H", $"Authorization: Bearer {ManagedProxy.Key[..^1]}"],
            ["-H", $"Authorization: Basic {ManagedProxy.Key}"],
            ["-H", $"Authorization: {ManagedProxy.Key}"],
            ["-H", $"Authorization: Bearer {ManagedProxy.Key}", "-H", "Authorization: Bearer other"],
            ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-d", "a body"],
        ];
        string? body = null;
        foreach (var options in strangers)
        {
            foreach (var path in new[] { "/v1/status", "/v1/reload", "/v1/plan", "/elsewhere" })
            {
                var answer = await ManagedProxy.CurlAsync(proxy, path, options);
                Assert.Equal(401, answer.Status);
                Assert.Contains("\r\nWWW-Authenticate: Bearer realm=\"iron-proxy\"", answer.Head, StringComparison.Ordinal);
                Assert.Contains("\r\nConnection: close\r\n", answer.Head, StringComparison.Ordinal);
                Assert.Equal("unauthorized", answer.Json.GetProperty("error").GetString());
                Assert.Equal(body ??= answer.Body, answer.Body);
            }
        }

        Assert.True(await proxy.WaitForLineAsync("asked the management API without its key"));
        await proxy.FenceAsync();
        Assert.Empty(proxy.Records);
        Assert.DoesNotContain(ManagedProxy.Key, proxy.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("GET", "/v1/reload", 405, "POST")]
    [InlineData("HEAD", "/v1/reload", 405, "POST")]
    [InlineData("POST", "/v1/status", 405, "GET, HEAD")]
    [InlineData("DELETE", "/v1/plan", 405, "GET, HEAD")]
    [InlineData("get", "/v1/plan", 405, "GET, HEAD")]
    [InlineData("GET", "/", 404, null)]
    [InlineData("GET", "/v1/status/", 404, null)]
    [InlineData("GET", "/V1/STATUS", 404, null)]
    public async Task What_is_not_there_is_said(string method, string path, int status, string? allow)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var answer = method == "HEAD"
            ? await ManagedProxy.CurlAsync(proxy, path, "-I", "-H", $"Authorization: Bearer {ManagedProxy.Key}")
            : await ManagedProxy.CallAsync(proxy, method, path);
        Assert.Equal(status, answer.Status);
        Assert.Equal(allow is not null, answer.Head.Contains($"\r\nAllow: {allow}\r\n", StringComparison.Ordinal));
        if (method != "HEAD")
        {
            Assert.Equal(status == 404 ? "not_found" : "method_not_allowed", answer.Json.GetProperty("error").GetString());
        }
    }

    [SkippableFact]
    public async Task HEAD_has_the_head_of_GET_alone_and_a_large_body_is_refused()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var get = await ManagedProxy.CallAsync(proxy, "GET", "/v1/plan");
        var head = await ManagedProxy.CurlAsync(proxy, "/v1/plan", "-I", "-H", $"Authorization: Bearer {ManagedProxy.Key}");
        Assert.Equal((200, ""), (head.Status, head.Body));
        Assert.Contains($"\r\nContent-Length: {get.Body.Length}\r\n", head.Head, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", head.Head, StringComparison.Ordinal);

        var large = _folder.Write("large", new string('x', 100_000));
        var answer = await ManagedProxy.CurlAsync(proxy, "/v1/reload", "-H", $"Authorization: Bearer {ManagedProxy.Key}", "-H", "Expect:", "--data-binary", "@" + large);
        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Json.GetProperty("error").GetString()));
    }

    [SkippableFact]
    public async Task The_running_plan_is_shown_byte_for_byte()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var answer = await ManagedProxy.CallAsync(proxy, "GET", "/v1/plan");
        Assert.Equal((200, await File.ReadAllTextAsync(_folder.File("proxy.plan.json"))), (answer.Status, answer.Body));
    }

    [SkippableFact]
    public async Task The_status_says_what_runs_and_for_how_long_the_CA_lasts_and_no_secret()
    {
        _folder.Write("key", "the-key-in-the-file\n");
        var policy = ManagedProxy.Policy("api").Replace("- source: {type: env, var: API_KEY}", "- source: {type: file, path: key}", StringComparison.Ordinal);
        await using var proxy = await GatewayProcess.StartAsync(_folder, policy, ManagedProxy.Environment);
        var first = await ManagedProxy.CallAsync(proxy, "GET", "/v1/status");
        var status = first.Json;

        Assert.Equal(200, first.Status);
        Assert.StartsWith("0.", status.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.True(status.GetProperty("uptime_seconds").GetDouble() > 0);
        Assert.Equal(("-plan", _folder.File("proxy.plan.json")), (status.GetProperty("plan").GetProperty("option").GetString(), status.GetProperty("plan").GetProperty("name").GetString()));
        Assert.StartsWith("sha256:", status.GetProperty("plan").GetProperty("plan_hash").GetString(), StringComparison.Ordinal);
        Assert.Equal(proxy.Listeners.ToDictionary(l => l.Key, l => l.Value.ToString()), status.GetProperty("listeners").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!));
        Assert.Equal(new DateTimeOffset(_folder.Ca.NotAfter), status.GetProperty("ca").GetProperty("not_after").GetDateTimeOffset());
        var secret = Assert.Single(status.GetProperty("secrets").EnumerateArray());
        Assert.Equal(("key", "file", "ok"), (secret.GetProperty("name").GetString(), secret.GetProperty("source").GetString(), secret.GetProperty("state").GetString()));
        var running = Assert.Single(status.GetProperty("policies").EnumerateArray());
        Assert.Equal((true, 0), (running.GetProperty("current").GetBoolean(), running.GetProperty("requests_under_way").GetInt32()));
        Assert.False(status.TryGetProperty("last_reload", out _));
        Assert.DoesNotContain("the-key", first.Body, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_secret_that_cannot_be_read_any_more_is_stale()
    {
        var file = _folder.Write("key", "the-key-in-the-file\n");
        var policy = ManagedProxy.Policy("api").Replace("- source: {type: env, var: API_KEY}", "- source: {type: file, path: key}", StringComparison.Ordinal);
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(_folder, policy, ManagedProxy.Environment);
        File.Delete(file);
        ApiAnswer answer = null!; // Set by the first look.
        Assert.True(await Patience.UntilAsync(async () =>
        {
            // It is read again by a request that needs it, once it is ten seconds old.
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nAuthorization: placeholder-key\r\nConnection: close\r\n\r\n");
            await client.ReadToEndAsync();
            answer = await ManagedProxy.CallAsync(proxy, "GET", "/v1/status");
            return answer.Body.Contains("\"stale\"", StringComparison.Ordinal);
        }));
        Assert.Contains("the file key cannot be read", answer.Json.GetProperty("secrets")[0].GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("the-key-in", answer.Body, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Open_connections_are_shown_with_where_their_tunnels_lead()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        await using var tunnel = await RawClient.ConnectAsync(proxy.Listeners["tunnel"]);
        await tunnel.SendAsync($"CONNECT api.example.com:{upstream.Port} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
        await tunnel.ReadUntilAsync("\r\n\r\n");

        var answer = (await ManagedProxy.CallAsync(proxy, "GET", "/v1/connections")).Json;

        Assert.Equal(2, answer.GetProperty("open").GetInt32());
        var open = answer.GetProperty("connections").EnumerateArray().ToDictionary(c => c.GetProperty("listener").GetString()!);
        Assert.StartsWith("127.0.0.1:", open["tunnel"].GetProperty("remote").GetString(), StringComparison.Ordinal);
        Assert.Equal("api.example.com", open["tunnel"].GetProperty("tunnel").GetProperty("host").GetString());
        Assert.Equal(upstream.Port, open["tunnel"].GetProperty("tunnel").GetProperty("port").GetInt32());
        Assert.False(open["management"].TryGetProperty("tunnel", out _));
        Assert.True(open["tunnel"].GetProperty("since").GetDateTimeOffset() <= open["management"].GetProperty("since").GetDateTimeOffset());
    }

    [SkippableFact]
    public async Task No_request_of_a_workload_gets_there_whatever_policy_says()
    {
        var policy = ManagedProxy.Policy("api").Replace("domains: [\"api.example.com\"]", "domains: [\"api.example.com\"]\n      cidrs: [\"127.0.0.0/8\"]", StringComparison.Ordinal);
        await using var proxy = await GatewayProcess.StartAsync(_folder, policy, ManagedProxy.Environment);
        var port = proxy.Listeners["management"].Port;
        foreach (var host in new[] { $"127.0.0.1:{port}", $"api.example.com:{port}" })
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
            await client.SendAsync($"GET /v1/status HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ManagedProxy.Key}\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 403 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        foreach (var (listener, status) in new[] { ("http", 403), ("tunnel", 400) })
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners[listener]);
            await client.SendAsync($"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ManagedProxy.Key}\r\nConnection: close\r\n\r\n");
            Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, "MANAGEMENT_KEY is not set")]
    [InlineData("", "MANAGEMENT_KEY is not set")]
    [InlineData("secret\n", "MANAGEMENT_KEY has white space")]
    [InlineData("se cret", "MANAGEMENT_KEY has white space")]
    public async Task A_key_that_nobody_can_present_ends_the_start(string? key, string sentence)
    {
        var yaml = ManagedProxy.Policy("api");
        var line = 1 + Array.FindIndex(yaml.Split('\n'), l => l.Contains("MANAGEMENT_KEY", StringComparison.Ordinal));
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", _folder.Compile(yaml)], key is null ? [] : [("MANAGEMENT_KEY", key), ("API_KEY", "a-real-key")]);
        Assert.Equal((1, ""), (exit, output));
        Assert.StartsWith($"iron-proxy: The key of the management API of line {line} ", error, StringComparison.Ordinal);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", error, StringComparison.Ordinal);
    }
}
