using System.Text;
using BenchmarkDotNet.Attributes;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Tests;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Benchmarks;

/// <summary>A response of 1 MiB that is searched for a value, beside one that is only read.</summary>
[MemoryDiagnoser]
public class ScrubbingBenchmark
{
    private const int Size = 1 << 20;
    private const string Policy = """
        tls: {ca_cert: ca.crt, ca_key: ca.key}
        transforms:
          - {name: allowlist, config: {domains: [a.test]}}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: KEY}
                  replace: {proxy_value: pk-proxy-openai}
                  rules: [{host: a.test}]
                  scrub_responses: true
        """;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private byte[] _body = [];
    private PlanPolicy? _policy;
    private SecretsStep? _step;

    /// <summary>What the body is: JSON as models stream it, the same with what it quotes escaped, or bytes of any value.</summary>
    [Params("json", "escaped", "binary")]
    public string Kind { get; set; } = "json";

    [GlobalSetup]
    public void SetUp()
    {
        const string Event = """data: {"id":"chatcmpl-8f2","object":"chat.completion.chunk","model":"gpt-4o","choices":[{"index":0,"delta":{"content":" skies"}}]}""" + "\n\n";
        const string Escaped = """{"file":"src\/main.py","text":"def f(x):\n\treturn \"%s\" % x\n"},""" + "\n";
        _body = new byte[Size];
        if (Kind == "binary")
        {
            new Random(1).NextBytes(_body);
        }
        else
        {
            var text = Kind == "json" ? Event : Escaped;
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, (Size / text.Length) + 1)).AsSpan(0, Size), _body);
        }

        _policy = new PlanPolicy(ProxyCompiler.Compile(new SourceText("proxy.yaml", Policy)).Plan ?? throw new InvalidOperationException("The policy does not compile."));
        var plan = _policy.Plan.Steps.OfType<SecretsStepPlan>().Single();
        _step = new SecretsStep(plan, [.. plan.Secrets.Select(p => new Secret(p, new SecretValue("sk-proj-Zb8Vq1LmT0aYc4WdRk7N")))]);
    }

    [Benchmark(Baseline = true)]
    public async Task<int> Read() => await ReadAsync(new BytesBody(_body)).ConfigureAwait(false);

    [Benchmark]
    public async Task<int> Scrub()
    {
        _ = CanonicalRequest.TryCreateFromUrl("GET", "https://a.test/", out var request);
        var context = new RequestContext(_policy!, request, new ScriptedHeaders(http2: false), new ScriptedBody(null), new DecisionRecord());
        var response = new ResponseContext(context, 200, [new("Content-Type", Kind == "binary" ? "application/octet-stream" : "application/json")], new BytesBody(_body)) { Step = context.Record.AddResponseStep("secrets") };
        await _step!.RunAsync(response).ConfigureAwait(false); // Set up before, and so is the policy.
        return await ReadAsync(response.Body).ConfigureAwait(false);
    }

    private async Task<int> ReadAsync(ResponseBody body)
    {
        var total = 0;
        while (await body.ReadAsync(_buffer, CancellationToken.None).ConfigureAwait(false) is > 0 and var read)
        {
            total += read;
        }

        return total;
    }
}
