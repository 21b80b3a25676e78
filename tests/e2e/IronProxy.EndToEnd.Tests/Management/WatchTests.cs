using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>A proxy that reloads when its file changes, in each of the ways in which files change.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();

    public void Dispose()
    {
        _upstream.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-config", "proxy.yaml")]
    [InlineData("-plan", "proxy.plan.json")]
    public async Task A_file_that_is_replaced_or_written_again_is_reloaded(string option, string name)
    {
        Write(name, "api");
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, [option, _folder.File(name), "-watch"], ManagedProxy.Environment);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));

        Write("next", "other", name);
        File.Move(_folder.File("next"), _folder.File(name), overwrite: true);
        await BecomesAsync(proxy, "other");

        Write(name, "api");
        await BecomesAsync(proxy, "api");

        _folder.Write(name, "{ broken");
        Assert.True(await proxy.WaitForLineAsync("the policy was not reloaded (-watch)"), proxy.Output);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", _upstream.Port));

        File.Delete(_folder.File(name));
        Write(name, "other");
        await BecomesAsync(proxy, "other");
    }

    /// <summary>As the kubelet does for config maps: the file is a link into a folder that a link names, and that link is replaced.</summary>
    [Fact]
    public async Task A_link_on_the_way_that_leads_elsewhere_is_a_change()
    {
        Mount("..first", "api");
        Directory.CreateSymbolicLink(_folder.File("..data"), "..first");
        File.CreateSymbolicLink(_folder.File("mounted.json"), "..data/proxy.plan.json");
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-plan", "mounted.json", "-watch"], ManagedProxy.Environment);

        foreach (var (folder, allowed) in new[] { ("..second", "other"), ("..third", "api") })
        {
            Mount(folder, allowed);
            Directory.CreateSymbolicLink(_folder.File("..data_tmp"), folder);
            Rename("..data_tmp", "..data");
            await BecomesAsync(proxy, allowed);
        }
    }

    [Fact]
    public async Task An_object_in_S3_cannot_be_watched()
    {
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", "s3://example-policies/proxy.plan.json", "-watch"]);
        Assert.Equal(2, exit);
        Assert.StartsWith("iron-proxy: -watch needs a file", error, StringComparison.Ordinal);
    }

    private async Task BecomesAsync(GatewayProcess proxy, string allowed)
    {
        Assert.True(await Patience.UntilAsync(async () => await ManagedProxy.AskAsync(proxy, allowed, _upstream.Port) == 200), proxy.Output);
        Assert.Equal(403, await ManagedProxy.AskAsync(proxy, allowed == "api" ? "other" : "api", _upstream.Port));
    }

    private void Write(string name, string allowed, string? kind = null)
    {
        if ((kind ?? name) == "proxy.yaml")
        {
            _folder.Write(name, ManagedProxy.Policy(allowed));
            return;
        }

        var plan = _folder.Compile(ManagedProxy.Policy(allowed), _folder.File(name));
        Assert.Equal(_folder.File(name), plan);
    }

    private void Mount(string folder, string allowed)
    {
        Directory.CreateDirectory(_folder.File(folder));
        _folder.Compile(ManagedProxy.Policy(allowed), Path.Combine(_folder.File(folder), "proxy.plan.json"));
    }

    /// <summary>Puts a link in the place of another in one step; the platform's own moves follow links or refuse.</summary>
    private void Rename(string from, string to)
    {
        using var mv = System.Diagnostics.Process.Start("mv", ["-T", _folder.File(from), _folder.File(to)]);
        mv.WaitForExit();
        Assert.Equal(0, mv.ExitCode);
    }
}
