using System.Diagnostics;
using System.Text;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Tests.Explaining;

/// <summary>
/// The runtime's steps, the policy that they ask, explain, and a naive reading of the file say the same about every request:
/// the verdict, its reason and the line that decided.
/// </summary>
public class AgreementTests
{
    private const int Policies = 1000;
    private const int RequestsOfEach = 100;

    /// <summary>The one mistake that these policies may have by chance: two secrets that cannot be told apart.</summary>
    private const string RepeatedPlaceholder = "IRON1238";

    /// <summary>How many requests went through the runtime's pipeline. It does not have all that plans may ask for.</summary>
    private int _run;

    [Fact]
    public async Task Runtime_explain_and_a_naive_reading_agree()
    {
        var first = Random.Shared.Next(int.MaxValue - Policies);
        var answers = new List<Answer>();
        for (var i = 0; i < Policies; i++)
        {
            answers.AddRange(await Check(first + i));
        }

        // A world in which nothing ever happens would agree as well.
        Assert.InRange(answers.Count, Policies * RequestsOfEach * 9 / 10, Policies * RequestsOfEach);
        Assert.InRange(_run, answers.Count / 4, answers.Count);
        Assert.InRange(answers.Count(a => a.Allowed), answers.Count / 10, answers.Count * 9 / 10);
        Assert.Superset(new HashSet<string> { "host_not_allowed", "request_not_allowed" }, answers.Select(a => a.Reason).OfType<string>().ToHashSet());
    }

    /// <summary>A seed that failed is written here, so that it stays tried.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Seeds_that_are_tried_every_time(int seed) => Assert.Equal(RequestsOfEach, (await Check(seed)).Count);

    private async Task<List<Answer>> Check(int seed)
    {
        var random = new RandomPolicies(seed);
        var naive = random.Policy();
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", naive.Yaml));
        if (result.Diagnostics.Any(d => d.Code == RepeatedPlaceholder))
        {
            return [];
        }

        Assert.True(result.Plan is not null, $"seed {seed}: {string.Join('\n', result.Diagnostics)}\n{naive.Yaml}");
        var policy = new PlanPolicy(result.Plan);
        var explainer = new PolicyExplainer(policy);
        using var runtime = RuntimeWalk.Runs(result.Plan) ? await RuntimeWalk.StartAsync(policy) : null;
        var answers = new List<Answer>();
        for (var i = 0; i < RequestsOfEach; i++)
        {
            var request = random.Request();
            var expected = naive.Decide(request);
            var explained = Explain(explainer, request);
            Assert.True(expected == explained, $"seed {seed}, {request}\nnaive     {expected}\nexplained {explained}\n{naive.Yaml}");
            var matched = Matched(policy, request, explained);
            Assert.True(expected.Matches == matched, $"seed {seed}, {request}\nnaive   {expected.Matches}\nmatcher {matched}\n{naive.Yaml}");
            if (runtime is not null)
            {
                Interlocked.Increment(ref _run);
                var ran = await runtime.DecideAsync(request);
                Assert.True((expected.Allowed, expected.Reason, expected.Line) == ran, $"seed {seed}, {request}\nnaive   {expected}\nruntime {ran}\n{naive.Yaml}");
            }

            answers.Add(expected);
        }

        return answers;
    }

    private static Answer Explain(PolicyExplainer explainer, NaiveRequest request)
    {
        var tunnel = request.Method == "CONNECT";
        var asked = new AskedRequest(request.Method, tunnel ? $"{request.Host}:{request.Port}" : request.Url);
        var explanation = explainer.Explain(asked, [.. request.Headers.Select(h => new AskedHeader(h.Name, h.Value))], request.Body is null ? null : new AskedBody(Encoding.UTF8.GetBytes(request.Body)));
        var matches = new StringBuilder();
        foreach (var step in explanation.Steps.Where(s => s.Outcome is not (StepAnswer.NotReached or StepAnswer.Hidden or StepAnswer.InsideTunnel)))
        {
            if (step.Secrets is null && step.Credentials is null)
            {
                matches.Append($"{step.At.Line}:{step.Rule?.Line ?? -1} ");
            }

            foreach (var secret in step.Secrets ?? [])
            {
                matches.Append($"{secret.At.Line}:{(secret.InScope ? secret.Rule?.Line ?? 0 : -1)} ");
            }

            foreach (var credential in step.Credentials ?? [])
            {
                matches.Append($"{credential.At.Line}:{(credential.InScope ? credential.Rule?.Line ?? 0 : -1)} ");
            }
        }

        var verdict = explanation.Verdict;
        var nearest = verdict.Nearest is { } miss ? $"{miss.At.Line} {string.Join(',', miss.Differs)}" : null;
        return new Answer(verdict.Allowed, verdict.Reason, verdict.At?.Line ?? 0, nearest, matches.ToString());
    }

    /// <summary>What the runtime's steps ask, as they ask it. How far they come is explain's to say; it was compared before.</summary>
    private static string Matched(PlanPolicy policy, NaiveRequest asked, Answer explained)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Url, out var whole));
        var request = asked.Method == "CONNECT" ? CanonicalRequest.Destination(whole.Host, whole.Port, client: null) : policy.Visible(whole);
        var host = policy.Matcher.FindHost(request.Host);
        var matches = new List<string>();
        foreach (var step in policy.Plan.Steps)
        {
            if (step is AllowlistStepPlan allowlist)
            {
                matches.Add($"{step.At.Line}:{policy.Decide(allowlist, host, request).Rule?.At.Line ?? -1} ");
                continue;
            }

            if (request.IsDestination)
            {
                continue;
            }

            foreach (var (at, rules) in Entries(step))
            {
                matches.Add($"{at.Line}:{(policy.InScope(rules, host, request, out var rule) ? rule?.At.Line ?? 0 : -1)} ");
            }
        }

        return string.Concat(matches.Take(explained.Matches.Count(c => c == ' ')));
    }

    private static IEnumerable<(SourcePosition At, int? Rules)> Entries(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets.Secrets.Select(s => (s.At, s.Rules)),
        GcpAuthStepPlan gcp => [(gcp.At, gcp.Rules)],
        HeaderAllowlistStepPlan headers => [(headers.At, (int?)headers.Rules)],
        _ => throw new UnreachableException(step.Type),
    };
}
