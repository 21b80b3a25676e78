using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using Microsoft.Extensions.Time.Testing;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>A policy with a judge, whose model says what a test wants, and a clock that the test turns.</summary>
internal sealed class JudgeWorld : IDisposable
{
    public const string Policy = "Allow \"reads\".\n{\"deny\": `writes`} \\ <b>ü</b>";

    public const string Key = "sk-real+key/1";

    private readonly PlanPolicy _policy;
    private readonly StepPipeline _pipeline;

    /// <param name="more">More keys of the judge.</param>
    /// <param name="before">Transforms in front of it.</param>
    /// <param name="limit">How long bodies may be.</param>
    public JudgeWorld(string more = "", string before = "", int limit = 1_000_000)
    {
        _policy = Policies.Compile($$"""
            tls: {ca_cert: ca.crt, ca_key: ca.key}
            proxy: {max_request_body_bytes: {{limit}}}
            transforms:
              - name: allowlist
                config: {domains: ["*.example.com"]}
            {{before}}
              - name: judge
                config:
                  name: guard
                  prompt: {{JsonSerializer.Serialize(Policy)}}
                  rules: [{host: api.example.com, paths: ["/v1/*"]}]
                  provider: { type: anthropic, model: m-1, api_key_env: KEY, price: {input: 0.8, output: 4} }
                  {{more}}
            """);
        _pipeline = new StepPipeline(_policy, [.. _policy.Plan.Steps.Select(s => StepRegistry.Create(s, new Services(this))!)], Time); // All run.
    }

    /// <summary>What the model says.</summary>
    public Func<ModelQuestion, CancellationToken, Task<ModelAnswer>> Says { get; set; } = static (_, _) => Task.FromResult(Answer("""{"decision":"ALLOW","reason":"it reads"}"""));

    public ConcurrentQueue<ModelQuestion> Questions { get; } = [];

    public FakeTimeProvider Time { get; } = new();

    public static ModelAnswer Answer(string text) => new(text, 1000, 50);

    public void Dispose() => _pipeline.Dispose();

    public RequestContext Request(string url = "https://api.example.com/v1/x?a=1", (string Name, string Value)[]? headers = null, object? body = null, string method = "POST", CancellationToken aborted = default)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(method, url, out var request));
        var bytes = body switch { string text => Encoding.UTF8.GetBytes(text), _ => (byte[]?)body };
        return new Context(_policy, request, new ScriptedHeaders(false, headers ?? []), new ScriptedBody(bytes, announced: false), aborted);
    }

    public ValueTask<StepOutcome> RunAsync(RequestContext context) => _pipeline.RunAsync(context);

    public async Task<(StepOutcome Outcome, string[] Notes)> RunAsync(string? body = null)
    {
        var context = Request(body: body);
        return (await RunAsync(context), Notes(context));
    }

    /// <summary>What the last question was about.</summary>
    public JsonElement Envelope() => JsonDocument.Parse(Questions.Last().Matter).RootElement;

    public static string[] Notes(RequestContext context) => [.. context.Record.Steps[^1].Annotations.Select(a => $"{a.Key}={a.Value}")];

    private sealed class Context(PlanPolicy policy, CanonicalRequest request, ReceivedHeaders headers, RequestBody body, CancellationToken aborted)
        : RequestContext(policy, request, headers, body, new DecisionRecord())
    {
        public override CancellationToken Aborted => aborted;
    }

    private sealed class Model(JudgeWorld world) : ILanguageModel
    {
        public Task<ModelAnswer> AskAsync(ModelQuestion question, CancellationToken cancellation)
        {
            world.Questions.Enqueue(question);
            return world.Says(question, cancellation);
        }
    }

    private sealed class Services(JudgeWorld world) : NoServices
    {
        public override TimeProvider Time => world.Time;

        public override ILanguageModel LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key) => new Model(world);

        public override ILive<Secret> Secret(SecretPlan plan) => new Known(plan);

        public override ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem)
        {
            Assert.Equal("KEY", Assert.IsType<EnvSourcePlan>(plan.Source).Var);
            Assert.Null(findProblem(new SecretValue(Key)));
            Assert.All((string[])["sk\n1", "sk-ü", " sk"], key => Assert.NotNull(findProblem(new SecretValue(key))));
            return new Known(null);
        }
    }

    private sealed class Known(SecretPlan? plan) : ILive<Secret>, ILive<SecretValue>
    {
        public ValueTask<Secret> GetAsync(CancellationToken cancellation) => new(new Secret(plan!, new SecretValue("a-real-value"))); // Asked of entries of secrets alone.

        ValueTask<SecretValue> ILive<SecretValue>.GetAsync(CancellationToken cancellation) => new(new SecretValue(Key));
    }
}
