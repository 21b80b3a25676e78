namespace IronProxy.Plan.Tests;

/// <summary>A small plan with a step of every kind, not sealed.</summary>
internal static class TestPlan
{
    public static ProxyPlan Create(params StepPlan[] steps) => new()
    {
        FormatVersion = ProxyPlan.CurrentFormatVersion,
        Compiler = "ironc 0.1.0",
        Source = "proxy.yaml",
        PolicyHash = "",
        FileHash = "",
        Listeners = new ListenersPlan { Http = new ListenAddress(null, 80), Https = new ListenAddress("127.0.0.1", 443) },
        Dns = new DnsPlan { Listen = new ListenAddress("::1", 53), ProxyIp = "10.0.0.2", Records = [new DnsRecordPlan("a.example", "A", "10.0.0.3")] },
        Tls = new TlsPlan { Mode = "mitm", CaCert = "ca.crt", CaKey = "ca.key", CertCacheSize = 1000, LeafCertExpiryHours = 72 },
        Upstream = new UpstreamPlan { DenyCidrs = ["10.0.0.0/8"], ResponseHeaderTimeoutMs = 1000 },
        BodyLimits = new BodyLimitsPlan { MaxRequestBytes = 1, MaxResponseBytes = 0 },
        Log = new LogPlan("info"),
        Matching = new MatchTablesBuilder()
            .AddSet(new TestRule("api.github.com", Methods: ["GET"], Paths: ["/v1/*"]), new TestRule("*.example.com"))
            .AddSet(new TestRule("b.example.com"), new TestRule(null, "10.0.0.0/8"))
            .Build(),
        Steps = [.. steps],
    };

    public static StepPlan[] EveryStep() =>
    [
        new AllowlistStepPlan { At = new SourcePosition(3, 5), Rules = 0 },
        new SecretsStepPlan
        {
            At = new SourcePosition(9, 5),
            Secrets =
            [
                new SecretPlan
                {
                    Name = "GITHUB_TOKEN",
                    At = new SourcePosition(10, 9),
                    Source = new EnvSourcePlan { Var = "GITHUB_TOKEN", At = new SourcePosition(11, 11) },
                    Inject = new InjectPlan { Header = "Authorization", Format = [new TemplatePartPlan { Text = "Bearer " }, new TemplatePartPlan { Field = "Value" }] },
                    Rules = 0,
                },
                new SecretPlan
                {
                    Name = "key",
                    At = new SourcePosition(15, 9),
                    Source = new FileSourcePlan { Path = "secrets/key", JsonKey = "token", At = new SourcePosition(16, 11) },
                    Replace = new ReplacePlan { ProxyValue = "placeholder-1", Headers = [], Query = true },
                },
            ],
        },
        new HeaderAllowlistStepPlan { At = new SourcePosition(20, 5), Headers = [new HeaderPatternPlan { Regex = "^X-", At = new SourcePosition(21, 9) }] },
        new AnnotateStepPlan { At = new SourcePosition(30, 5), Annotations = [new AnnotationPlan { Headers = ["User-Agent"], Rules = 1 }] },
        new BodyCaptureStepPlan { At = new SourcePosition(40, 5), MaxRequestBodyBytes = 100 },
    ];
}
