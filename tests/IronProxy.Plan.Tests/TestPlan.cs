using System.Text.Json;

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
        TunnelTls = new TunnelTlsPlan { Cert = "tunnel.crt", Key = "tunnel.key", ClientCa = "clients.pem" },
        Clients =
        [
            new ClientPlan
            {
                Name = "ci",
                Username = "ci-user",
                Password = Credential("password", new EnvSourcePlan { Var = "CI_PASSWORD", At = new SourcePosition(12, 17) }),
                Certificate = new ClientCertificatePlan(ClientCertificatePlan.Dns, "ci.internal"),
                Networks = ["10.3.0.0/16"],
                At = new SourcePosition(11, 7),
            },
        ],
        Dns = new DnsPlan { Listen = new ListenAddress("::1", 53), ProxyIp = "10.0.0.2", ProxyIpv6 = "2001:db8::2", DenyUnlisted = true, Records = [new DnsRecordPlan("a.example", "A", "10.0.0.3")] },
        Tls = new TlsPlan { Mode = TlsMode.Mitm, CaCert = "ca.crt", CaKey = "ca.key", CertCacheSize = 1000, LeafCertExpiryHours = 72 },
        Upstream = new UpstreamPlan
        {
            DenyCidrs = ["10.0.0.0/8"],
            ResponseHeaderTimeoutMs = 1000,
            Proxy = new UpstreamProxyPlan
            {
                HttpsProxy = "http://proxy.corp.example:3128",
                NoProxy = 1,
                Username = "svc",
                Password = Credential("password", new FileSourcePlan { Path = "secrets/proxy", At = new SourcePosition(20, 17) }),
                FromEnvironment = true,
            },
            Cas = [new UpstreamCaPlan("corp.pem", new SourcePosition(21, 20))],
        },
        Management = new ManagementPlan { Listen = new ListenAddress("127.0.0.1", 9092), ApiKeyEnv = "KEY", At = new SourcePosition(110, 16) },
        Mcp = new McpPlan
        {
            Error = new JsonRpcErrorPlan(-32001, "no"),
            Servers =
            [
                new McpServerPlan
                {
                    Name = "github",
                    Rules = 0,
                    At = new SourcePosition(100, 7),
                    Upstream = "https://mcp.example.com/mcp",
                    Tools =
                    [
                        new AllowedEntryPlan
                        {
                            Name = "create_issue",
                            At = new SourcePosition(101, 11),
                            When =
                            [
                                new ArgumentMatcherPlan { Path = ["owner"], In = [JsonSerializer.SerializeToElement("a"), JsonSerializer.SerializeToElement(1)], At = new SourcePosition(102, 13) },
                                new ArgumentMatcherPlan { Path = ["a", "b"], Matches = "^x", At = new SourcePosition(103, 13) },
                            ],
                        },
                    ],
                    Prompts = [new AllowedEntryPlan { Name = "review", When = [], At = new SourcePosition(104, 11) }],
                    Resources = [new AllowedEntryPlan { Name = "file:///docs/*", When = [], At = new SourcePosition(105, 11) }],
                    Sampling = [new AllowedEntryPlan { Name = McpSampling.Method, When = [], At = new SourcePosition(106, 11) }],
                },
            ],
        },
        BodyLimits = new BodyLimitsPlan { MaxRequestBytes = 1, MaxResponseBytes = 0 },
        Limits = new LimitsPlan { ClientConnections = 100, IdleTimeoutMs = 1000 },
        WebSocket = new WebSocketPlan(Inspect: true),
        Log = new LogPlan("info") { Dns = "denied", Format = "text" },
        Matching = new MatchTablesBuilder()
            .AddSet(new TestRule("api.github.com", Methods: ["GET"], Paths: ["/v1/*"]), new TestRule("*.example.com"))
            .AddSet(new TestRule("b.example.com"), new TestRule(null, "10.0.0.0/8"))
            .Build(),
        Steps = [.. steps],
    };

    private static CredentialPlan Credential(string name, SecretSourcePlan source) => new() { Name = name, Source = source };

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
        new OauthTokenStepPlan
        {
            At = new SourcePosition(50, 5),
            Tokens =
            [
                new OauthTokenPlan
                {
                    At = new SourcePosition(51, 9),
                    Grant = "client_credentials",
                    StateFile = "tokens.json",
                    TokenEndpoint = "https://login.example.com/token",
                    Scopes = [],
                    Credentials =
                    [
                        Credential("client_id", new VaultKvSourcePlan { AddressEnv = "VAULT", Mount = "kv", Path = "id", KvVersion = 2, Auth = VaultKvSourcePlan.Token, TokenEnv = "TOKEN", TtlMs = 0, At = new SourcePosition(52, 9) }),
                        Credential("client_secret", new GcpSmSourcePlan { SecretId = "projects/p/secrets/oauth/versions/latest", TtlMs = 0, At = new SourcePosition(53, 9) }),
                    ],
                    TokenEndpointHeaders = [Credential("x-api-key", new KubernetesSourcePlan { Name = "keys", Namespace = "team-a", Key = "api", TtlMs = 0, At = new SourcePosition(54, 9) })],
                    Header = "Authorization",
                    ValuePrefix = "Bearer ",
                    Rules = 0,
                },
            ],
        },
        new GcpAuthStepPlan { At = new SourcePosition(60, 5), Provider = "workload_identity", Scopes = ["a"] },
        new GcpIdTokenStepPlan
        {
            At = new SourcePosition(65, 5),
            Audience = "a",
            Header = "Authorization",
            Rules = 0,
            Keyfile = Credential("keyfile", new AwsSmSourcePlan { SecretId = "arn:aws:secretsmanager:us-west-1:1:secret:gcp", TtlMs = 0, At = new SourcePosition(66, 9) }),
        },
        new AzureAuthStepPlan
        {
            At = new SourcePosition(66, 5),
            TenantId = "example.onmicrosoft.com",
            ClientId = "00001111-aaaa-2222-bbbb-3333cccc4444",
            Credential = Credential("client_secret", new EnvSourcePlan { Var = "AZURE_SECRET", At = new SourcePosition(66, 9) }),
            Scope = "https://management.azure.com/.default",
            AuthorityHost = "https://login.microsoftonline.com",
            Rules = 0,
        },
        new GithubAppStepPlan
        {
            At = new SourcePosition(67, 5),
            Issuer = "Iv23liExample",
            PrivateKey = Credential("private_key", new EnvSourcePlan { Var = "APP_KEY", At = new SourcePosition(68, 9) }),
            InstallationId = 1,
            Owner = "octo-org",
            Repositories = ["proxy"],
            Permissions = [new GithubPermissionPlan("contents", "write")],
            ApiUrl = "https://api.github.com",
            Rules = 0,
        },
        new AwsAuthStepPlan
        {
            At = new SourcePosition(70, 5),
            Credentials = [Credential("access_key_id", new AwsSsmSourcePlan { Name = "/key", WithDecryption = true, TtlMs = 1, FailureTtlMs = 500, At = new SourcePosition(71, 9) })],
            AllowedRegions = [],
            AllowedServices = ["s3"],
            Rules = 1,
        },
        new HmacSignStepPlan
        {
            At = new SourcePosition(80, 5),
            TimestampFormat = "rfc3339",
            Algorithm = "sha256",
            KeyEncoding = "raw",
            OutputEncoding = "hex",
            Message = [new TemplatePartPlan { Field = "Body" }],
            Credentials =
            [
                Credential("secret", new OnePasswordSourcePlan { SecretRef = "op://v/i/f", TokenEnv = "T", TtlMs = 0, At = new SourcePosition(81, 9) }),
                Credential("key", new OnePasswordConnectSourcePlan { SecretRef = "op://v/i/k", HostEnv = "H", TokenEnv = "T", TtlMs = 0, At = new SourcePosition(82, 9) }),
            ],
            Headers = [new HmacHeaderPlan("X-Signature", [new TemplatePartPlan { Field = "Signature" }])],
            Rules = 1,
        },
        new GrpcStepPlan { At = new SourcePosition(90, 5), Name = "policy", Host = "localhost", Port = 9500, TimeoutMs = 8000, AllowedHeaders = [new HeaderPatternPlan { Name = "Accept", At = new SourcePosition(91, 9) }], Tls = new GrpcTlsPlan { CaCert = "ca.pem", Cert = "client.pem", Key = "client.key" } },
        new JudgeStepPlan
        {
            At = new SourcePosition(95, 5),
            Name = "guard",
            Prompt = "Deny.",
            Provider = new JudgeProviderPlan { Type = "openai", Model = "m", ApiKey = Credential("api_key", new EnvSourcePlan { Var = "KEY", At = new SourcePosition(96, 9) }), BaseUrl = "https://api.openai.com", MaxTokens = 256, Price = new TokenPricePlan(250, 2000) },
            Fallback = "deny",
            TimeoutMs = 8000,
            MaxConcurrent = 100,
            CircuitBreaker = new CircuitBreakerPlan(5, 10_000),
            Cache = new VerdictCachePlan(60_000, 1000),
            Rules = 0,
        },
        new GraphqlStepPlan
        {
            At = new SourcePosition(96, 5),
            Name = "issues",
            Queries = [new GraphqlFieldPlan { Field = "repository", Fields = ["issues.nodes"], When = [new ArgumentMatcherPlan { Path = ["owner"], In = [JsonSerializer.SerializeToElement("a")], At = new SourcePosition(96, 9) }], At = new SourcePosition(96, 9) }],
            Mutations = [new GraphqlFieldPlan { Field = "*", When = [], At = new SourcePosition(96, 9) }],
            Subscriptions = [],
            PersistedQueries = [new string('a', 64)],
            MaxDepth = 20,
            MaxFields = 1000,
            Message = "no",
            Rules = 0,
        },
        new JsonRpcStepPlan
        {
            At = new SourcePosition(97, 5),
            Name = "node",
            Error = new JsonRpcErrorPlan(-32001, "no"),
            Methods = [new AllowedEntryPlan { Name = "eth_call", At = new SourcePosition(98, 9), When = [new ArgumentMatcherPlan { Path = ["0", "to"], Matches = "^0x", At = new SourcePosition(99, 11) }] }],
            Rules = 0,
        },
    ];
}
