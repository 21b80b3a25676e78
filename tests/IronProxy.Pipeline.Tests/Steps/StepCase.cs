using System.Collections.Immutable;
using System.Text;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>A transform in a policy of few lines, and a request that it has something to do with when its rules match.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Yaml">The transform, or the section, with HOST where its rules say which host.</param>
public sealed record StepCase(string Name, string Yaml)
{
    /// <summary>The body of the request.</summary>
    public string Body { get; init; } = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{}}}""";

    /// <summary>The host of every request.</summary>
    public const string Host = "s3.us-east-1.amazonaws.com";

    /// <summary>Each transform that runs, and the MCP policy, which stands beside them.</summary>
    public static ImmutableArray<StepCase> All { get; } =
    [
        new("allowlist", "  - {name: allowlist, config: {domains: [HOST]}}"),
        new("secrets, inject", "  - {name: secrets, config: {secrets: [{source: {type: env, var: KEY}, inject: {header: X-Key}, rules: [{host: HOST}]}]}}"),
        new("secrets, replace", "  - {name: secrets, config: {secrets: [{source: {type: env, var: KEY}, replace: {proxy_value: pk-proxy-key, match_headers: [X-Placeholder]}, rules: [{host: HOST}]}]}}"),
        new("header_allowlist", "  - {name: header_allowlist, config: {headers: [/^X-/, Authorization], rules: [{host: HOST}]}}"),
        new("annotate", "  - {name: annotate, config: {annotations: [{headers: [User-Agent], rules: [{host: HOST}]}]}}"),
        new("body_capture", "  - {name: body_capture, config: {max_request_body_bytes: 1024, rules: [{host: HOST}]}}"),
        new("oauth_token", "  - {name: oauth_token, config: {tokens: [{grant: client_credentials, client_id: {type: env, var: ID}, client_secret: {type: env, var: KEY}, token_endpoint: 'https://login.test/token', rules: [{host: HOST}]}]}}"),
        new("gcp_auth", "  - {name: gcp_auth, config: {credentials_provider: {type: workload_identity}, scopes: [scope], rules: [{host: HOST}]}}"),
        new("gcp_id_token", "  - {name: gcp_id_token, config: {keyfile: {type: env, var: KEY}, audience: 'https://service.test', rules: [{host: HOST}]}}"),
        new("azure_auth", "  - {name: azure_auth, config: {credentials_provider: {type: managed_identity}, scope: 'https://service.test/.default', rules: [{host: HOST}]}}"),
        new("github_app", "  - {name: github_app, config: {client_id: app, private_key: {type: env, var: KEY}, installation_id: 1, permissions: {contents: read}, rules: [{host: HOST}]}}"),
        new("aws_auth", "  - {name: aws_auth, config: {access_key_id: {type: env, var: ID}, secret_access_key: {type: env, var: KEY}, rules: [{host: HOST}]}}"),
        new("hmac_sign", "  - {name: hmac_sign, config: {timestamp: {format: unix_seconds}, signature: {algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Timestamp}}{{.Path}}'}, credentials: {secret: {type: env, var: KEY}}, headers: [{name: X-Signature, value: '{{.Signature}}'}], rules: [{host: HOST}]}}"),
        new("grpc", "  - {name: grpc, config: {name: engine, target: 'engine.test:9500', rules: [{host: HOST}]}}"),
        new("judge", "  - {name: judge, config: {name: guard, prompt: Allow what reads., provider: {type: openai, model: model, api_key_env: KEY}, rules: [{host: HOST}]}}"),
        new("json_rpc", "  - {name: json_rpc, config: {name: node, rules: [{host: HOST}], methods: [{name: tools/call}]}}"),
        new("graphql", "  - {name: graphql, config: {name: api, rules: [{host: HOST}], queries: [{field: viewer, fields: [login, issues.nodes.title]}]}}")
        {
            Body = """{"query":"query($n: Int) { v: viewer { login ...Issues } } fragment Issues on User { issues(first: $n) { nodes { title } } }","variables":{"n":10}}""",
        },
        new("mcp", "mcp: {servers: [{name: tools, rules: [{host: HOST}], tools: [{name: read}]}]}"),
    ];

    /// <summary>A value for all that steps need, at one moment.</summary>
    public static IStepServices Services { get; } = new FixedServices();

    /// <summary>The policy, with an allowlist in front.</summary>
    /// <param name="matches">Whether the rules of the transform match the request.</param>
    public PlanPolicy Policy(bool matches) => Compile(Yaml.Replace("HOST", matches ? Host : "other.test", StringComparison.Ordinal));

    /// <summary>The policy that has nothing but an allowlist.</summary>
    public static PlanPolicy Alone() => Compile("");

    /// <summary>The steps of a policy, with a value for all that they need.</summary>
    public static IStep[] StepsOf(PlanPolicy policy) => [.. policy.Plan.Steps.Select(s => StepRegistry.Create(s, Services) ?? throw new InvalidOperationException($"{s.Type} does not run."))];

    /// <summary>The request, as it came.</summary>
    public RequestContext Request(PlanPolicy policy)
    {
        _ = CanonicalRequest.TryCreateFromUrl("POST", $"https://{Host}/bucket/key", out var request);
        return new RequestContext(policy, request, Received, new ScriptedBody(Encoding.ASCII.GetBytes(Body)), new DecisionRecord());
    }

    public override string ToString() => Name;

    private static ScriptedHeaders Received { get; } = new(
        http2: false,
        ("User-Agent", "agent/1.0"),
        ("Content-Type", "application/json"),
        ("X-Placeholder", "pk-proxy-key"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=A/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"));

    private static PlanPolicy Compile(string yaml)
    {
        var text = $"tls: {{ca_cert: ca.crt, ca_key: ca.key}}\ntransforms:\n  - {{name: allowlist, config: {{domains: [{Host}]}}}}\n{yaml}\n";
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        return new PlanPolicy(result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Diagnostics)));
    }

    private sealed class FixedServices : NoServices
    {
        public override TimeProvider Time { get; } = new OneMoment();

        public override IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

        public override ILive<Secret> Secret(SecretPlan plan) => new Secret(plan, Value.It);

        public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => new Value();

        public override ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) => new Value();

        public override string? MachineVariable(string name) => null;

        public override ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes) => new Value();

        public override ITransformServer TransformServer(TransformServerAddress address) => new Agreeing();

        public override ILanguageModel LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key) => new Agreeing();
    }

    private sealed class OneMoment : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }

    private sealed class Value : ILive<SecretValue>
    {
        public static SecretValue It { get; } = new("AKIAIOSFODNN7EXAMPLE");

        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(It);
    }

    private sealed class Agreeing : ITransformServer, ILanguageModel
    {
        public Task<ModelAnswer> AskAsync(ModelQuestion question, CancellationToken cancellation) => Task.FromResult(new ModelAnswer("""{"decision":"ALLOW","reason":"it reads"}""", 1000, 20));

        public Task<TransformAnswer> AskAsync(TransformQuestion question, CancellationToken cancellation) => Task.FromResult(new TransformAnswer(Rejects: false, null, null, ImmutableDictionary<string, string>.Empty));

        public void Dispose()
        {
        }
    }
}
