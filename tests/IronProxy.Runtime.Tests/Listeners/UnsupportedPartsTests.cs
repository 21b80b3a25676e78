using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;

namespace IronProxy.Runtime.Tests.Listeners;

/// <summary>What this build cannot run ends the start by its name, before any file is read or socket bound.</summary>
public sealed class UnsupportedPartsTests
{
    private static readonly ProxyPlan Plan = new()
    {
        FormatVersion = ProxyPlan.CurrentFormatVersion,
        Compiler = "ironc",
        Source = "proxy.yaml",
        PolicyHash = "",
        FileHash = "",
        Listeners = new ListenersPlan(),
        Tls = new TlsPlan { Mode = TlsMode.Mitm, CaCert = "ca.crt", CaKey = "ca.key", CertCacheSize = 1, LeafCertExpiryHours = 1 },
        Upstream = new UpstreamPlan { DenyCidrs = [], ResponseHeaderTimeoutMs = 1000 },
        BodyLimits = new BodyLimitsPlan { MaxRequestBytes = 1, MaxResponseBytes = 0 },
        Log = new LogPlan("info"),
        Matching = new MatchTables { Hosts = [], Cidrs = [], Conditions = [new ConditionPlan()], Rules = [new RuleSetPlan([])], Classes = [new HostClassPlan([])] },
        Steps = [],
    };

    [Fact]
    public Task A_secret_source_of_a_proxy_upstream_is_named()
    {
        var password = new CredentialPlan { Name = "password", Source = new LaterSourcePlan { At = new SourcePosition(1, 1) } };
        return AssertNamedAsync("the secret source 'later'", Plan with { Upstream = Plan.Upstream with { Proxy = new UpstreamProxyPlan { HttpProxy = "http://proxy.corp.example:3128", Username = "svc", Password = password } } });
    }

    [Fact]
    public Task A_step_that_this_build_does_not_have_is_named() =>
        AssertNamedAsync("the transform 'later'", Plan with { Steps = [new LaterStepPlan { At = new SourcePosition(1, 1) }] });

    [Fact]
    public Task A_secret_source_that_this_build_does_not_have_is_named()
    {
        var secret = new SecretPlan { Name = "KEY", Source = new LaterSourcePlan { At = new SourcePosition(1, 1) }, At = new SourcePosition(1, 1) };
        return AssertNamedAsync("the secret source 'later'", Plan with { Steps = [new SecretsStepPlan { Secrets = [secret], At = new SourcePosition(1, 1) }] });
    }

    [Fact]
    public Task All_parts_are_named_at_once() => AssertNamedAsync(
        "the transform 'later', the secret source 'later'",
        Plan with
        {
            Steps =
            [
                new LaterStepPlan { At = new SourcePosition(1, 1) },
                new SecretsStepPlan { Secrets = [new SecretPlan { Name = "KEY", Source = new LaterSourcePlan { At = new SourcePosition(1, 1) }, At = new SourcePosition(1, 1) }], At = new SourcePosition(1, 1) },
            ],
        });

    [Fact]
    public async Task A_format_of_the_log_that_is_not_known_is_refused()
    {
        var host = new HostAccess(_ => null, path => throw new InvalidOperationException($"{path} was read"), OpenFiles: 1024);
        var e = await Assert.ThrowsAsync<PlanException>(() => ProxyServer.CreateAsync(Plan with { Log = new LogPlan("info") { Format = "pretty" } }, host, Stream.Null, TimeProvider.System));
        Assert.Contains("log.format", e.Message, StringComparison.Ordinal);
    }

    private static async Task AssertNamedAsync(string expected, ProxyPlan plan)
    {
        var host = new HostAccess(_ => null, path => throw new InvalidOperationException($"{path} was read"), OpenFiles: 1024);
        var e = await Assert.ThrowsAsync<StartupException>(() => ProxyServer.CreateAsync(plan, host, Stream.Null, TimeProvider.System));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("it cannot run", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A step that no version runs.</summary>
    private sealed record LaterStepPlan : StepPlan
    {
        public override string Type => "later";

        public override bool IsRun => false;

        public override StepNeeds Needs => StepNeeds.Head;

        public override StepEffect Effect => StepEffect.Refuse;

        public override ImmutableArray<int?> ActsOn => [];
    }

    /// <summary>A source that no version reads.</summary>
    private sealed record LaterSourcePlan : SecretSourcePlan
    {
        public override string Type => "later";

        public override bool IsRead => false;

        public override string DisplayName => "key";
    }
}
