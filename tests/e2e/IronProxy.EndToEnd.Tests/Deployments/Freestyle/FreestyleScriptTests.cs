using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments.Freestyle;

/// <summary>The generated scripts with the real SDKs, and an API that writes down what it was asked.</summary>
public sealed class FreestyleScriptTests
{
    private const string Incoming = "/run/iron-proxy-incoming/secrets.env";

    [SkippableFact]
    public async Task Each_SDKs_compiler_takes_its_scripts_and_only_those()
    {
        var folder = Directory.CreateTempSubdirectory("iron-freestyle-").FullName;
        try
        {
            foreach (var sdk in new[] { "0.2", "0.1" })
            {
                await CommandLine.SucceedAsync(ProxyBinaries.Ironc, "deploy", "--target", "freestyle", Repository.Path("samples", "sandbox", "proxy.yaml"), "-o", Path.Combine(folder, sdk), "--set", $"sdk={sdk}");
            }

            Assert.Equal("", await Judges.AskAsync("freestyle.mjs", Path.Combine(folder, "0.2"), Path.Combine(folder, "0.1")));
            File.Copy(Path.Combine(folder, "0.1", "sdk.mjs"), Path.Combine(folder, "0.2", "sdk.mjs"), overwrite: true);
            Assert.Contains("Property 'user' does not exist on type 'Vm'", await Judges.AskAsync("freestyle.mjs", Path.Combine(folder, "0.2")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SkippableTheory]
    [InlineData("0.2")]
    [InlineData("0.1")]
    public async Task A_snapshot_is_made_launched_and_removed_and_secrets_are_in_one_request(string sdk)
    {
        await using var api = await FreestyleStub.StartAsync(sdk);

        // Nothing is asked before all is there.
        Assert.Contains("would make a VM from", await api.SucceedAsync("create-snapshot.mjs", "--plan"), StringComparison.Ordinal);
        Assert.Contains("programs.tar.gz is missing: ./pack.sh makes it", (await api.RunAsync("create-snapshot.mjs")).Error, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Path.Combine(api.Deployment, "programs.tar.gz"), new byte[9_000_000]);
        var nobody = await api.RunAsync([], "create-snapshot.mjs");
        Assert.Equal((1, "FREESTYLE_API_KEY is not set: export the key of your account\n"), (nobody.ExitCode, nobody.Error));
        var missing = await api.RunAsync(["FREESTYLE_API_KEY=the-key-of-the-account"], "launch.mjs", "--", "true");
        Assert.Equal((1, true), (missing.ExitCode, missing.Error.StartsWith("not set: ANTHROPIC_API_KEY, OPENAI_API_KEY.", StringComparison.Ordinal)));
        Assert.Contains("there is no snapshot.json", (await api.RunAsync("launch.mjs", "--", "true")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await api.RunAsync("launch.mjs")).ExitCode);
        Assert.Equal(2, (await api.RunAsync("destroy.mjs", "--force")).ExitCode);
        Assert.Empty(api.Requests);

        Assert.Equal("snapshot-1\n", await api.SucceedAsync("create-snapshot.mjs"));
        Assert.All(api.Requests, r => Assert.True((int)r["status"]! < 300, r.ToJsonString()));
        Assert.EndsWith("/vms/vm-1", api.Lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("DELETE ", api.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(sdk == "0.2" ? "POST /v5/vms" : "POST /v1/vms", api.Lines[0]);
        Assert.Empty(api.With(FreestyleStub.AnthropicKey)); // The names of variables are in the plan, and no value is anywhere.

        var made = api.Requests.Count;
        await api.SucceedAsync("launch.mjs", "--", "printf", "it's", "$HOME");
        var launch = api.Requests.Skip(made).ToArray();
        Assert.Contains(api.With("iron-proxy-workload 'printf' 'it'\\''s' '$HOME'"), r => ((string)r["path"]!).EndsWith("/exec-await", StringComparison.Ordinal));
        foreach (var secret in new[] { FreestyleStub.AnthropicKey, "of \\$OPENAI" })
        {
            var request = Assert.Single(api.With(secret));
            Assert.Contains(Incoming, Uri.UnescapeDataString((string)request["path"]! + request["query"]!["path"]), StringComparison.Ordinal);
        }

        // Everything is done as root, whoever the API takes by itself.
        var commands = launch.Where(r => ((string)r["path"]!).EndsWith("/exec-await", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(commands);
        Assert.All(commands, r => Assert.Equal("root", (string?)(sdk == "0.2" ? r["body"]!["linuxUser"] : r["user"])));
        Assert.StartsWith("DELETE ", api.Lines[^1], StringComparison.Ordinal);
        if (sdk == "0.2")
        {
            Assert.Equal("""{"rules":[{"action":"allow","source":{},"destination":{"public":true,"protocol":"tcp"}},{"action":"allow","source":{},"destination":{"public":true,"protocol":"udp","port":53}},{"action":"allow","source":{},"destination":{"public":true,"protocol":"udp","port":123}}]}""", launch[0]["body"]!["firewall"]!.ToJsonString());
        }

        // A key that is not known, a policy that has changed, a secret that no header takes.
        var refused = await api.RunAsync(["FREESTYLE_API_KEY=another", "OPENAI_API_KEY=a", "ANTHROPIC_API_KEY=b"], "launch.mjs", "--", "true");
        Assert.Equal((1, true), (refused.ExitCode, refused.Error.Contains("the API key is not known", StringComparison.Ordinal)));
        var broken = await api.RunAsync(["FREESTYLE_API_KEY=the-key-of-the-account", "OPENAI_API_KEY=one\ntwo", "ANTHROPIC_API_KEY=b"], "launch.mjs", "--", "true");
        Assert.Equal((1, "OPENAI_API_KEY has a line break or a control character, which no header takes\n"), (broken.ExitCode, broken.Error));
        var state = Path.Combine(api.Deployment, "snapshot.json");
        var kept = await File.ReadAllTextAsync(state);
        await File.WriteAllTextAsync(state, """{"snapshotId":"snapshot-1","policy":"sha256:0"}""");
        Assert.Contains("has another policy than this folder", (await api.RunAsync("launch.mjs", "--", "true")).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(state, kept);

        await api.SucceedAsync("destroy.mjs");
        Assert.Equal(sdk == "0.2" ? "DELETE /v5/snapshots/snapshot-1" : "DELETE /v1/vms/snapshots/snapshot-1", api.Lines[^1]);
        Assert.Contains("there is no snapshot.json", (await api.RunAsync("destroy.mjs")).Error, StringComparison.Ordinal);
    }
}
