using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Management;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Refresh tokens that are good for one use, kept in a file by processes that are killed, restarted, and two at once.</summary>
public sealed class StateFileTests : IAsyncLifetime, IDisposable
{
    private const string Canary = "canary";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly RefreshServer _server = RefreshServer.Start();
    private readonly X509Certificate2 _certificate;
    private readonly ScriptedUpstream _upstream;

    public StateFileTests()
    {
        _certificate = _folder.UpstreamCertificate(["api.example.com"]);
        _upstream = ScriptedUpstream.Start(_certificate);
    }

    private string State => _folder.File("tokens.json");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_rotated_token_survives_a_process_that_is_killed()
    {
        for (var starts = 1; starts <= 3; starts++)
        {
            await using var proxy = await StartAsync();
            Assert.Equal(200, await GetAsync(proxy, "a"));
            Assert.Equal(starts, _server.Rotations("a"));
            await proxy.SignalAsync("KILL");
        }

        Assert.Empty(_server.Revoked);
        Assert.Contains(RefreshServer.Token("a", 3), await File.ReadAllTextAsync(State), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(State));
        Assert.DoesNotContain(RefreshServer.Token("a"), await File.ReadAllTextAsync(State), StringComparison.Ordinal);
    }

    /// <summary>Without the file the same fails: the server is as strict as it says.</summary>
    [Fact]
    public async Task Without_a_file_a_restart_uses_a_token_twice()
    {
        for (var expected = 200; expected <= 502; expected += 302)
        {
            await using var proxy = await StartAsync(Policy(stateFile: null));
            Assert.Equal(expected, await GetAsync(proxy, "a"));
        }

        Assert.Equal(["a"], _server.Revoked);
    }

    [Fact]
    public async Task A_token_that_is_written_into_the_store_anew_is_used_as_it_is()
    {
        await using (var proxy = await StartAsync())
        {
            Assert.Equal(200, await GetAsync(proxy, "a"));
        }

        _server.IsLenient = true;
        await using var next = await GatewayProcess.StartAsync(_folder, Policy(), [.. Environment("canary-refresh-anew")]);
        Assert.Equal(200, await GetAsync(next, "a"));
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(State));
        Assert.Equal([1, 1], state.RootElement.GetProperty("tokens").EnumerateObject().Select(t => t.Value.GetProperty("rotation").GetInt32()));
    }

    /// <summary>Each lets the other have the file between an answer and the next question, and no token is used twice.</summary>
    [Fact]
    public async Task Two_processes_and_two_entries_share_a_file()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        for (var round = 1; round <= 8; round++)
        {
            await Task.WhenAll(AskBothAsync(first), AskBothAsync(second));
            Assert.Equal((2 * round, 2 * round), (_server.Rotations("a"), _server.Rotations("b")));
        }

        Assert.Empty(_server.Revoked);
        await StopAsync(first);
        await StopAsync(second);

        async Task AskBothAsync(GatewayProcess proxy)
        {
            await ReloadAsync(proxy);
            Assert.All(await Task.WhenAll(GetAsync(proxy, "a"), GetAsync(proxy, "b")), status => Assert.Equal(200, status));
        }
    }

    /// <summary>Killed at any moment, also as it writes: what is in the file is whole, and never older than before.</summary>
    [Fact]
    public async Task A_process_that_is_killed_as_it_writes_leaves_a_whole_file()
    {
        _server.Lifetime = 6;
        _server.IsLenient = true; // It may be killed between the answer and the disk.
        long before = 0;
        for (var kills = 0; kills < 4; kills++)
        {
            await using var proxy = await StartAsync();
            var asking = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        await GetAsync(proxy, "a");
                    }
                }
                catch (HttpRequestException)
                {
                    // It was killed.
                }
            });
            var wanted = _server.Rotations("a") + 2;
            Assert.True(await Patience.UntilAsync(() => Task.FromResult(_server.Rotations("a") >= wanted)));
            await proxy.SignalAsync("KILL");
            await asking.WaitAsync(Patience.Program);
            using var state = JsonDocument.Parse(await File.ReadAllTextAsync(State));
            var rotation = state.RootElement.GetProperty("tokens").EnumerateObject().Single().Value.GetProperty("rotation").GetInt64();
            Assert.True(rotation > before, $"{rotation} behind {before}");
            before = rotation;
        }
    }

    [Fact]
    public async Task While_the_file_cannot_be_written_the_token_is_in_memory_and_the_status_says_so()
    {
        await using var proxy = await StartAsync();
        Assert.Equal(200, await GetAsync(proxy, "a"));
        var kept = await File.ReadAllTextAsync(State);

        // As on a disk that is full: no file gets longer than that.
        await LimitFilesAsync(proxy, "10");
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.True(await proxy.WaitForLineAsync("the state file tokens.json cannot be written (it would outgrow the limit of the process)"), proxy.Output);
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Equal(3, _server.Rotations("a"));
        Assert.Equal(kept, await File.ReadAllTextAsync(State));
        Assert.Equal(("stale", true), await StateAsync(proxy));

        await LimitFilesAsync(proxy, "unlimited");
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Contains(RefreshServer.Token("a", 4), await File.ReadAllTextAsync(State), StringComparison.Ordinal);
        Assert.Equal(("ok", false), await StateAsync(proxy));
        await proxy.SignalAsync("KILL");
        RequireNoSecret(proxy);
        await using var next = await StartAsync();
        Assert.Equal(200, await GetAsync(next, "a"));
        Assert.Empty(_server.Revoked);
        Assert.Equal(["tokens.json", "tokens.json.lock"], Directory.GetFiles(_folder.FullPath, "tokens.json*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task On_a_disk_that_is_full_it_starts_and_keeps_its_token_in_memory()
    {
        Skip.IfNot(System.Environment.IsPrivilegedProcess, "a file system is mounted");
        var mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        await using var proxy = await GatewayProcess.StartAsAsync(
            _folder,
            ["unshare", "-m", "sh", "-c", $"mount -t tmpfs -o size=16k,mode=0700 tmpfs {mount} && exec {ProxyBinaries.IronProxy} -plan {_folder.Compile(Policy("disk/tokens.json"))}"],
            Environment());
        Assert.Equal(200, await GetAsync(proxy, "a"));
        var disk = $"/proc/{proxy.Id}/root{mount}";
        Assert.True(File.Exists($"{disk}/tokens.json"));
        await using (var filler = File.Create($"{disk}/filler"))
        {
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    await filler.WriteAsync(new byte[4096]);
                    await filler.FlushAsync();
                }
            });
        }

        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.True(await proxy.WaitForLineAsync("the state file disk/tokens.json cannot be written"), proxy.Output);
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Contains(RefreshServer.Token("a", 1), await File.ReadAllTextAsync($"{disk}/tokens.json"), StringComparison.Ordinal);
        File.Delete($"{disk}/filler");
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Contains(RefreshServer.Token("a", 4), await File.ReadAllTextAsync($"{disk}/tokens.json"), StringComparison.Ordinal);
        Assert.Empty(_server.Revoked);
        await StopAsync(proxy);
    }

    [Fact]
    public async Task A_reload_keeps_the_tokens_and_is_refused_when_others_can_read_them()
    {
        await using var proxy = await StartAsync();
        Assert.Equal(200, await GetAsync(proxy, "a"));
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Equal(2, _server.Rotations("a"));

        File.SetUnixFileMode(State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refused = await ManagedProxy.ReloadAsync(proxy);
        Assert.Equal(422, refused.Status);
        Assert.Contains("can be used by others (its mode is 0604): run chmod 600 on it", refused.Body, StringComparison.Ordinal);
        Assert.Equal(200, await GetAsync(proxy, "a"));

        File.SetUnixFileMode(State, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(200, await MintAnewAsync(proxy));
        Assert.Empty(_server.Revoked);
        await StopAsync(proxy);
    }

    /// <summary>What is there is damaged while it runs: nothing of it is overwritten, and no token is used that another process might have used.</summary>
    [Fact]
    public async Task A_file_that_is_damaged_later_is_left_as_it_is()
    {
        _server.Lifetime = 6;
        await using var proxy = await StartAsync();
        Assert.True(await Patience.UntilAsync(async () => await GetAsync(proxy, "a") == 200));
        await File.WriteAllTextAsync(State, "not of iron-proxy");
        Assert.True(await Patience.UntilAsync(async () => await GetAsync(proxy, "a") == 502));
        Assert.True(await proxy.WaitForLineAsync("the state file tokens.json does not hold what iron-proxy writes there"), proxy.Output);
        Assert.Equal("not of iron-proxy", await File.ReadAllTextAsync(State));

        File.Delete(State); // Memory has the newest.
        Assert.True(await Patience.UntilAsync(async () => await GetAsync(proxy, "a") == 200));
        Assert.Empty(_server.Revoked);
        await StopAsync(proxy);
    }

    [Theory]
    [InlineData("printf '{}' > tokens.json; chmod 644 tokens.json", "can be used by others (its mode is 0644): run chmod 600 on it")]
    [InlineData("printf '{}' > tokens.json; chmod 620 tokens.json", "can be used by others (its mode is 0620)")]
    [InlineData("printf '{}' > tokens.json; chmod 600 tokens.json", "does not hold what iron-proxy writes there: name another file, or remove it")]
    [InlineData("printf canary-refresh > tokens.json; chmod 600 tokens.json", "does not hold what iron-proxy writes there")]
    [InlineData("printf '{\"version\":2,\"tokens\":{}}' > tokens.json; chmod 600 tokens.json", "does not hold what iron-proxy writes there")]
    [InlineData("truncate -s 9M tokens.json; chmod 600 tokens.json", "is too long to be what iron-proxy writes there")]
    [InlineData("printf '{}' > real; chmod 600 real; ln -s real tokens.json", "is a symbolic link: name the file itself")]
    [InlineData("mkfifo -m 600 tokens.json", "is no regular file")]
    [InlineData("mkdir tokens.json", "is no regular file")]
    [InlineData("mkfifo -m 600 tokens.json.lock", "is locked by tokens.json.lock, which is no regular file")]
    [InlineData("ln -s real tokens.json.lock", "is locked by tokens.json.lock, which is a symbolic link")]
    public async Task A_file_that_is_not_its_own_ends_the_start(string before, string said)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"cd {_folder.FullPath} && {before}"])) ?? throw new InvalidOperationException();
        await shell.WaitForExitAsync();
        Assert.Contains($"The state file tokens.json of line {Line} {said}", await FailAsync("tokens.json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere/tokens.json", "cannot be written, because the folder ", "/nowhere is not there: make it, and give it to the user that iron-proxy runs as")]
    [InlineData("/sys/tokens.json", "cannot be written, because a new file in /sys cannot be opened (Permission denied)", ": let the user that iron-proxy runs as write there")]
    public async Task A_folder_that_cannot_be_written_ends_the_start(string path, string said, string hint)
    {
        var error = await FailAsync(path);
        Assert.Contains($"The state file {path} of line {Line} {said}", error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_file_of_another_user_ends_the_start()
    {
        Skip.IfNot(System.Environment.IsPrivilegedProcess, "files are given to others");
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"cd {_folder.FullPath} && printf '{{}}' > tokens.json && chmod 600 tokens.json && chown 12345 tokens.json"])) ?? throw new InvalidOperationException();
        await shell.WaitForExitAsync();
        Assert.Contains("belongs to another user: give it to the one that iron-proxy runs as", await FailAsync("tokens.json"), StringComparison.Ordinal);
    }

    private static readonly int Line = PolicyLines("a").IndexOf("        - grant: refresh_token") + 1;

    private static List<string> PolicyLines(string path) => [.. Settings(1, path).Split('\n').Select(l => l.TrimEnd())];

    private Task<string> FailAsync(string path) => Secrets.SourceProxy.FailWithAsync(_folder, Policy(path), Environment());

    private Task<GatewayProcess> StartAsync(string? policy = null) => GatewayProcess.StartAsync(_folder, policy ?? Policy(), [.. Environment()]);

    private static (string Name, string Value)[] Environment(string? token = null) =>
        [("A", token ?? RefreshServer.Token("a")), ("B", RefreshServer.Token("b")), .. ManagedProxy.Environment];

    private string Policy(string? stateFile = "tokens.json") => Settings(_server.Port, stateFile);

    private static string Settings(int port, string? stateFile)
    {
        string Entry(string client) => string.Create(CultureInfo.InvariantCulture, $$"""
                    - grant: refresh_token
                      refresh_token: {type: env, var: {{client.ToUpperInvariant()}}}
                      client_id: {type: env, var: API_KEY}
                      token_endpoint: "http://localhost:{{port}}/{{client}}"
                      rules: [{host: api.example.com, paths: ["/{{client}}"]}]

            """) + (stateFile is null ? "" : $"          state_file: \"{stateFile}\"\n");

        return ExampleProxy.Settings + """
            management: {listen: "127.0.0.1:0", api_key_env: MANAGEMENT_KEY}
            log: {level: debug}
            transforms:
              - name: allowlist
                config: {domains: [api.example.com]}
              - name: oauth_token
                config:
                  tokens:

            """ + Entry("a") + Entry("b");
    }

    /// <summary>The status of a request for the API of a client, on a connection of its own.</summary>
    private async Task<int> GetAsync(GatewayProcess proxy, string client)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{proxy.Listeners["tunnel"]}"),
            SslOptions = _folder.WorkloadTls("api.example.com"),
        });
        using var response = await http.GetAsync(new Uri($"https://api.example.com:{_upstream.Port}/{client}")).WaitAsync(Patience.Program);
        Assert.DoesNotContain(Canary, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        return (int)response.StatusCode;
    }

    private async Task<int> MintAnewAsync(GatewayProcess proxy)
    {
        await ReloadAsync(proxy);
        return await GetAsync(proxy, "a");
    }

    /// <summary>The next policy has no access token.</summary>
    private static async Task ReloadAsync(GatewayProcess proxy) => Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);

    private static async Task<(string? State, bool HasFailure)> StateAsync(GatewayProcess proxy)
    {
        var status = (await ManagedProxy.CallAsync(proxy, "GET", "/v1/status")).Json;
        Assert.DoesNotContain(Canary, status.GetRawText(), StringComparison.Ordinal);
        var file = status.GetProperty("secrets").EnumerateArray().First(s => s.GetProperty("name").GetString()!.StartsWith("state file of line ", StringComparison.Ordinal));
        return (file.GetProperty("state").GetString(), file.TryGetProperty("failure", out _));
    }

    private static async Task LimitFilesAsync(GatewayProcess proxy, string bytes)
    {
        using var limit = Process.Start("prlimit", [$"--pid={proxy.Id}", $"--fsize={bytes}:"]);
        await limit.WaitForExitAsync();
        Assert.Equal(0, limit.ExitCode);
    }

    private async Task StopAsync(GatewayProcess proxy)
    {
        Assert.Equal(0, await proxy.TerminateAsync());
        RequireNoSecret(proxy);
    }

    private void RequireNoSecret(GatewayProcess proxy)
    {
        Assert.DoesNotContain(Canary, proxy.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, File.ReadAllText(_folder.File("proxy.plan.json")), StringComparison.Ordinal);
        Assert.Contains("Bearer canary-access-a-1", _upstream.Received, StringComparison.Ordinal);
    }
}
