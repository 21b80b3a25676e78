using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Startup;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>The policy is read again while the proxy runs: as a whole, or not at all.</summary>
public sealed class ReloadTests : IDisposable
{
    private const int Reloads = 50;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();

    public void Dispose()
    {
        _upstream.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Another_plan_decides_from_the_next_request_on()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));
        _folder.Compile(ManagedProxy.Policy("other"));
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port)); // Nobody has said so yet.

        var answer = await ManagedProxy.ReloadAsync(proxy);

        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(403, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));
        var records = await proxy.RecordsSinceAsync(0, 4);
        Assert.Equal(records[0].GetProperty("audit").GetProperty("plan_hash").GetString(), answer.Json.GetProperty("plan_hash").GetProperty("before").GetString());
        Assert.Equal(records[3].GetProperty("audit").GetProperty("plan_hash").GetString(), answer.Json.GetProperty("plan_hash").GetProperty("after").GetString());
        Assert.True(await proxy.WaitForLineAsync("the policy was reloaded (management API)"));
    }

    [SkippableFact]
    public async Task A_config_is_compiled_again_and_one_that_does_not_compile_changes_nothing()
    {
        var config = _folder.Write("proxy.yaml", ManagedProxy.Policy("api"));
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-config", config], ManagedProxy.Environment);
        _folder.Write("proxy.yaml", ManagedProxy.Policy("other"));
        var reloaded = await ManagedProxy.ReloadAsync(proxy);
        Assert.Equal(200, reloaded.Status);
        Assert.All(reloaded.Json.GetProperty("diagnostics").EnumerateArray(), d => Assert.Equal("warning", d.GetProperty("severity").GetString()));
        Assert.True(await proxy.WaitForLineAsync(": warning IRON"));
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));

        _folder.Write("proxy.yaml", ManagedProxy.Policy("api") + "tranforms: []\nlogg: {}\n");
        var answer = await ManagedProxy.ReloadAsync(proxy);

        Assert.Equal((422, "does_not_compile"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        var found = answer.Json.GetProperty("diagnostics").EnumerateArray().Where(d => d.GetProperty("severity").GetString() == "error").ToArray();
        Assert.Equal(["IRON1001", "IRON1001"], found.Select(d => d.GetProperty("code").GetString()));
        Assert.Equal(config, found[0].GetProperty("path").GetString());
        Assert.True(found[0].GetProperty("line").GetInt32() > 1);
        Assert.Contains("transforms", found[0].GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal(Hash(answer, "before"), Hash(answer, "after"));
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));
        Assert.True(await proxy.WaitForLineAsync("error IRON1001: "));
        Assert.All(proxy.Output.Split('\n').SkipWhile(l => !l.Contains("\"ready\"", StringComparison.Ordinal)), line => Assert.StartsWith("{", line, StringComparison.Ordinal)); // Nothing of the compiler's own gets between the records.

        File.Delete(config);
        answer = await ManagedProxy.ReloadAsync(proxy);
        Assert.Equal((422, "policy_refused"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.Contains("could not be compiled, so nothing was changed: ironc: ", answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("policy_refused", (await ManagedProxy.CallAsync(proxy, "GET", "/v1/status")).Json.GetProperty("last_reload").GetProperty("error").GetString());
    }

    [SkippableTheory]
    [InlineData("var: API_KEY", "var: MISSING_KEY", "policy_refused", "MISSING_KEY is not set")]
    [InlineData("tunnel_listen: \"127.0.0.1:0\"", "tunnel_listen: \"\"", "restart_required", "proxy.tunnel_listen")]
    [InlineData("management: { listen: \"127.0.0.1:0\", api_key_env: MANAGEMENT_KEY }\n", "", "restart_required", "management.listen, management.api_key_env")]
    public async Task What_cannot_be_run_changes_nothing_and_says_why(string usual, string other, string error, string part)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var policy = ManagedProxy.Policy("other");
        Assert.Contains(usual, policy, StringComparison.Ordinal);
        _folder.Compile(policy.Replace(usual, other, StringComparison.Ordinal));

        var answer = await ManagedProxy.ReloadAsync(proxy);

        Assert.Equal((422, error), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.Contains(part, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(error == "restart_required" ? part : "", string.Join(", ", Strings(answer.Json, "settings")));
        Assert.Equal(Hash(answer, "before"), Hash(answer, "after"));
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));
        Assert.Equal(403, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));
    }

    [SkippableTheory]
    [InlineData("{", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("proxy: {}\n", "is no plan. Did you mean -config")]
    public async Task A_plan_that_is_half_written_changes_nothing(string content, string part)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        _folder.Write("proxy.plan.json", content == "{" ? (await File.ReadAllTextAsync(_folder.File("proxy.plan.json")))[..200] : content);
        var answer = await ManagedProxy.ReloadAsync(proxy);
        Assert.Equal((422, "policy_refused"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.Contains(part, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));
    }

    [SkippableFact]
    public async Task Files_that_the_policy_names_are_read_again_with_it()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var before = (await ManagedProxy.CallAsync(proxy, "GET", "/v1/status")).Json.GetProperty("ca").GetProperty("not_after").GetDateTimeOffset();
        var ca = Certificates.CaGenerator.Create(new Certificates.CaOptions { ValidFor = TimeSpan.FromDays(7) }, TimeProvider.System);
        _folder.Write("ca.crt", ca.CertificatePem);
        _folder.Write("ca.key", "no key");
        Assert.Equal("policy_refused", (await ManagedProxy.ReloadAsync(proxy)).Json.GetProperty("error").GetString());
        _folder.Write("ca.key", ca.PrivateKeyPem);
        Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);

        var after = (await ManagedProxy.CallAsync(proxy, "GET", "/v1/status")).Json.GetProperty("ca").GetProperty("not_after").GetDateTimeOffset();
        Assert.True(after < before, $"{before}, then {after}");
    }

    [SkippableFact]
    public async Task Only_the_plan_that_was_named_by_its_hash_is_run()
    {
        var plan = _folder.Compile(ManagedProxy.Policy("api"));
        var hash = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(plan)));
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-plan", plan, "-plan-hash", hash], ManagedProxy.Environment);
        Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);

        _folder.Compile(ManagedProxy.Policy("other"));
        var answer = await ManagedProxy.ReloadAsync(proxy);
        Assert.Equal((422, "policy_refused"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.Contains("is not the plan that -plan-hash names", answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));

        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan, $"-plan-hash={hash}"], ManagedProxy.Environment);
        Assert.Equal(1, exit);
        Assert.Contains("is not the plan that -plan-hash names", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_object_in_S3_is_read_again()
    {
        await using var s3 = await S3Stub.StartAsync();
        s3.Put("example-policies", "proxy.yaml", ManagedProxy.Policy("api"));
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-config", "s3://example-policies/proxy.yaml"], [.. s3.Environment, .. ManagedProxy.Environment]);
        s3.Put("example-policies", "proxy.yaml", ManagedProxy.Policy("other"));
        var answer = await ManagedProxy.ReloadAsync(proxy);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));
    }

    [SkippableFact]
    public async Task SIGHUP_reloads_as_well_and_the_result_is_a_line()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        _folder.Compile(ManagedProxy.Policy("other"));
        await proxy.SignalAsync("HUP");
        Assert.True(await proxy.WaitForLineAsync("the policy was reloaded (SIGHUP)"), proxy.Output);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));

        _folder.Write("proxy.plan.json", "{");
        await proxy.SignalAsync("HUP");
        Assert.True(await proxy.WaitForLineAsync("the policy was not reloaded (SIGHUP)"), proxy.Output);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "other", _upstream.Port));
        Assert.Equal(0, await proxy.TerminateAsync());
    }

    [SkippableFact]
    public async Task Reloads_at_once_are_done_one_after_the_other()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        _folder.Compile(ManagedProxy.Policy("other"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ManagedProxy.ReloadAsync(proxy)));
        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Single(answers, a => Hash(a, "before") != Hash(a, "after")); // The others found what the first had put there.
    }

    [Fact]
    public async Task A_request_under_way_is_told_of_with_the_policy_that_it_began_with()
    {
        var arrived = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            arrived.SetResult();
            await go.Task;
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
        });
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n");
        await arrived.Task.WaitAsync(Patience.Event);
        _folder.Compile(ManagedProxy.Policy("other"));
        var answer = await ManagedProxy.ReloadAsync(proxy);

        Assert.Equal([(Hash(answer, "after"), true, 0), (Hash(answer, "before"), false, 1)], await PoliciesAsync());
        go.SetResult();
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.True(await Patience.UntilAsync(async () => (await PoliciesAsync()).Length == 1));

        async Task<(string? Hash, bool IsCurrent, int Requests)[]> PoliciesAsync() =>
            [.. (await ManagedProxy.CallAsync(proxy, "GET", "/v1/status")).Json.GetProperty("policies").EnumerateArray()
                .Select(p => (p.GetProperty("plan_hash").GetString(), p.GetProperty("current").GetBoolean(), p.GetProperty("requests_under_way").GetInt32()))];
    }

    [Fact]
    public async Task Reloads_all_the_time_fail_no_request()
    {
        var both = ManagedProxy.Policy("api").Replace("domains: [\"api.example.com\"]", "domains: [\"*.example.com\"]", StringComparison.Ordinal);
        byte[][] plans = [await File.ReadAllBytesAsync(_folder.Compile(ManagedProxy.Policy("api"))), await File.ReadAllBytesAsync(_folder.Compile(both))];
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-plan", _folder.File("proxy.plan.json")], ManagedProxy.Environment);
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(i => Task.Run(() => AskAsync(proxy, i % 2 == 0 ? "http" : "tunnel", stop.Token))).ToArray();
        using var api = new HttpClient { Timeout = Patience.Event };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ManagedProxy.Key);
        for (var i = 0; i < Reloads; i++)
        {
            await File.WriteAllBytesAsync(_folder.File("next.json"), plans[i % 2]);
            File.Move(_folder.File("next.json"), _folder.File("proxy.plan.json"), overwrite: true);
            using var answer = await api.PostAsync(new Uri($"http://{proxy.Listeners["management"]}/v1/reload"), null);
            Assert.True((int)answer.StatusCode == 200, await answer.Content.ReadAsStringAsync());
            await Task.Delay(Between);
        }

        await stop.CancelAsync();
        var counts = await Task.WhenAll(clients);
        Assert.All(counts, c => Assert.True(c > 0));
        var records = await proxy.RecordsSinceAsync(0, counts.Sum());
        Assert.Equal(2, records.Select(r => r.GetProperty("audit").GetProperty("plan_hash").GetString()).Distinct().Count());
        Assert.All(records, r => Assert.Equal("allow", r.GetProperty("audit").GetProperty("action").GetString()));
    }

    /// <summary>Asks on a connection that stays open, or in a new one when the upstream has closed. Both policies allow it.</summary>
    private async Task<int> AskAsync(GatewayProcess proxy, string listener, CancellationToken stop)
    {
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners[listener]);
            await client.SendAsync($"GET http://api.example.com:{_upstream.Port}/ HTTP/1.1\r\nHost: api.example.com:{_upstream.Port}\r\nConnection: close\r\n\r\n");
            var answer = await client.ReadToEndAsync();
            Assert.True(answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && answer.EndsWith("ok\n", StringComparison.Ordinal), answer);
            count++;
        }

        return count;
    }

    private static string? Hash(ApiAnswer answer, string which) => answer.Json.GetProperty("plan_hash").GetProperty(which).GetString();

    private static IEnumerable<string?> Strings(JsonElement json, string name) =>
        json.TryGetProperty(name, out var array) ? array.EnumerateArray().Select(e => e.GetString()) : [];
}
