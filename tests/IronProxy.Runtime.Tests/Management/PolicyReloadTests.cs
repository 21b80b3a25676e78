using System.Text;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Management;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Management;

/// <summary>A proxy that was not started, and a source that does what a test says.</summary>
public sealed class PolicyReloadTests : IAsyncLifetime, IDisposable
{
    private readonly CaPem _ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);
    private readonly MemoryStream _log = new();
    private readonly List<string> _told = [];
    private Func<CancellationToken, Task<ProxyPlan>> _read = _ => Task.FromResult(PlanOf("a.example"));
    private JsonElement? _warnings;
    private ProxyServer _server = null!; // Set before each test.

    public async Task InitializeAsync()
    {
        var host = new HostAccess(_ => null, path => path == "ca.crt" ? _ca.CertificatePem : _ca.PrivateKeyPem, OpenFiles: 1024);
        var source = new PolicySource("-plan", "test", async cancellation => new ReadPolicy(await _read(cancellation), _warnings))
        {
            ReloadBegins = () => _told.Add("begins"),
            ReloadEnded = result => _told.Add(result.Error ?? "reloaded"),
        };
        _server = await ProxyServer.CreateAsync(PlanOf("a.example"), host, _log, TimeProvider.System, source: source);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task The_hashes_before_and_after_are_told()
    {
        _read = _ => Task.FromResult(PlanOf("b.example"));
        var result = await _server.ReloadAsync("test", CancellationToken.None);
        Assert.Null(result.Error);
        Assert.Equal((PlanHashes.Of(PlanOf("a.example")), PlanHashes.Of(PlanOf("b.example"))), (result.Before, result.After));
        Assert.Equal(["begins", "reloaded"], _told);
    }

    [Fact]
    public async Task A_fault_of_ours_leaves_the_policy_that_runs_and_is_said_without_what_it_says()
    {
        _read = _ => throw new InvalidOperationException("a-thing-that-no-client-should-see");
        var result = await _server.ReloadAsync("test", CancellationToken.None);
        Assert.Equal((ReloadResult.InternalError, result.Before), (result.Error, result.After));
        Assert.DoesNotContain("a-thing", result.Message, StringComparison.Ordinal);

        _read = _ => Task.FromResult(PlanOf("b.example"));
        Assert.Null((await _server.ReloadAsync("test", CancellationToken.None)).Error);
        Assert.Equal(["begins", "internal_error", "begins", "reloaded"], _told);
    }

    [Fact]
    public async Task What_was_read_later_is_never_replaced_by_what_was_read_before()
    {
        var first = new TaskCompletionSource<ProxyPlan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reads = 0;
        _read = _ => ++reads == 1 ? first.Task : Task.FromResult(PlanOf("c.example"));
        var slow = _server.ReloadAsync("first", CancellationToken.None);
        var quick = _server.ReloadAsync("second", CancellationToken.None);
        Assert.Equal((1, false), (reads, quick.IsCompleted)); // It is not even read before the first is done.

        first.SetResult(PlanOf("b.example"));
        Assert.Equal(PlanHashes.Of(PlanOf("b.example")), (await slow).After);
        var last = await quick.WaitAsync(Patience.Event);
        Assert.Equal((PlanHashes.Of(PlanOf("b.example")), PlanHashes.Of(PlanOf("c.example"))), (last.Before, last.After));
    }

    [Fact]
    public async Task One_that_is_given_up_changes_nothing_and_holds_up_no_other()
    {
        using var stop = new CancellationTokenSource();
        _read = async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return PlanOf("b.example");
        };
        var reload = _server.ReloadAsync("test", stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reload);
        Assert.Equal(["begins", "internal_error"], _told); // Whoever was told that it begins is told of its end.

        _read = _ => Task.FromResult(PlanOf("c.example"));
        Assert.Equal(PlanHashes.Of(PlanOf("a.example")), (await _server.ReloadAsync("test", CancellationToken.None)).Before);
    }

    [Fact]
    public async Task Findings_are_lines_of_the_log_and_not_without_end()
    {
        var finding = """{"path":"proxy.yaml","line":3,"column":5,"severity":"error","code":"IRON1001","message":"there is no key","hint":"remove it"}""";
        using var findings = JsonDocument.Parse($"[{string.Join(',', Enumerable.Repeat(finding, 50))}]");
        _read = _ => throw new UncompiledPolicyException("It was not compiled.", findings.RootElement);
        var result = await _server.ReloadAsync("test", CancellationToken.None);
        Assert.Equal(50, result.Diagnostics!.Value.GetArrayLength());

        await _server.DisposeAsync();
        var log = Encoding.UTF8.GetString(_log.ToArray());
        Assert.Contains("and sha256:", log, StringComparison.Ordinal);
        Assert.Equal(20, log.Split("\"msg\":\"proxy.yaml:3:5: error IRON1001: there is no key; remove it\"").Length - 1);
    }

    [Theory]
    [InlineData("127.0.0.1:0", null)]
    [InlineData("127.0.0.1:1", ReloadResult.RestartRequired)]
    public async Task Warnings_of_the_compiler_are_told_whatever_becomes_of_the_policy(string listen, string? error)
    {
        using var warnings = JsonDocument.Parse("""[{"path":"proxy.yaml","line":3,"column":5,"severity":"warning","code":"IRON2001","message":"it matches everything"}]""");
        _warnings = warnings.RootElement;
        _read = _ => Task.FromResult(PlanOf("b.example", listen));
        var result = await _server.ReloadAsync("test", CancellationToken.None);
        Assert.Equal((error, "IRON2001"), (result.Error, result.Diagnostics!.Value[0].GetProperty("code").GetString()));

        await _server.DisposeAsync();
        Assert.Contains("\"msg\":\"proxy.yaml:3:5: warning IRON2001: it matches everything\"", Encoding.UTF8.GetString(_log.ToArray()), StringComparison.Ordinal);
    }

    private static ProxyPlan PlanOf(string host, string listen = "127.0.0.1:0")
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", $$"""
            proxy: { http_listen: "{{listen}}", https_listen: "", tunnel_listen: "" }
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            metrics: { listen: "" }
            transforms: [{ name: allowlist, config: { domains: [{{host}}] } }]
            """));
        return result.Plan ?? throw new InvalidDataException(string.Join('\n', result.Diagnostics));
    }
}
