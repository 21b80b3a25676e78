using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>The order of steps in both directions, and what each outcome ends.</summary>
public sealed class StepPipelineTests
{
    private static readonly SourcePosition Place = new(7, 3);
    private readonly List<string> _ran = [];

    [Fact]
    public async Task Requests_pass_forwards_and_responses_backwards()
    {
        var (outcome, context, pipeline) = await RunAsync(Step("a"), Step("b"), Step("c"));
        var response = Response(context, 200);

        Assert.True(outcome.Continues);
        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal(["a", "b", "c", "c back", "b back", "a back"], _ran);
        Assert.Equal(["a", "b", "c"], context.Record.Steps.Select(s => s.Name));
        Assert.Equal(["c", "b", "a"], context.Record.ResponseSteps.Select(s => s.Name));
    }

    [Fact]
    public async Task A_step_of_one_direction_is_not_asked_in_the_other()
    {
        var (_, context, pipeline) = await RunAsync(new ForwardStep("a", _ran, StepOutcome.Continue), new BackStep("b", _ran), Step("c"));

        Assert.Null(await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "c", "c back", "b back"], _ran);
    }

    [Fact]
    public async Task A_rejection_ends_the_request_and_names_step_and_place()
    {
        var (outcome, context, _) = await RunAsync(Step("a"), Step("b", StepOutcome.Reject(Reason.SecretRequired, Place)), Step("c"));

        Assert.Equal(Reason.SecretRequired, outcome.Rejection);
        Assert.Equal(["a", "b"], _ran);
        Assert.Equal(("b", Place), (context.Record.RejectedBy, context.Record.Rule));
        Assert.False(context.Record.IsAnswered);
    }

    [Fact]
    public async Task An_answer_passes_the_response_steps_of_the_transforms_before()
    {
        var answer = new MadeResponse(200, [new("X-Made", "1")], "made"u8.ToArray());
        var (outcome, context, pipeline) = await RunAsync(Step("a"), new BackStep("b", _ran), Step("c", StepOutcome.Respond(answer, Place)), Step("d"), new BackStep("e", _ran));

        Assert.Same(answer, outcome.Answer);
        Assert.True(context.Record.IsAnswered);
        Assert.Null(await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "c", "b back", "a back"], _ran);
    }

    [Fact]
    public async Task One_that_sees_every_answer_is_asked_last_about_those_that_do_not_pass_it()
    {
        var answer = new MadeResponse(200, [], "made"u8.ToArray());
        var (_, context, pipeline) = await RunAsync(Step("a"), Last("before"), Step("b", StepOutcome.Respond(answer, Place)), Step("c"), Last("behind"));

        Assert.Null(await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "b", "before back", "a back", "behind back"], _ran);
    }

    [Fact]
    public async Task One_that_sees_every_answer_sees_what_took_the_place_of_a_response_again()
    {
        var (_, context, pipeline) = await RunAsync(Step("a", back: _ => StepOutcome.Respond(new MadeResponse(200, [], default), null)), Last("last"));

        Assert.Null(await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "last back", "a back", "last back"], _ran);
    }

    [Fact]
    public async Task A_step_that_a_request_does_not_concern_is_neither_asked_nor_recorded()
    {
        var (_, context, pipeline) = await RunAsync(Step("a"), new BackStep("b", _ran, concerns: false), Last("c", concerns: false));

        Assert.Null(await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "a back"], _ran);
        Assert.Equal(["a"], context.Record.ResponseSteps.Select(s => s.Name));
    }

    [Fact]
    public async Task A_response_step_can_refuse_the_response()
    {
        var (_, context, pipeline) = await RunAsync(Step("a"), Step("b", back: _ => StepOutcome.Reject(Reason.UpstreamProtocol, Place)));

        Assert.Equal(Reason.UpstreamProtocol, await pipeline.RunAsync(Response(context, 200)));
        Assert.Equal(["a", "b", "b back"], _ran);
        Assert.Equal(("b", Place), (context.Record.RejectedBy, context.Record.Rule));
    }

    [Fact]
    public async Task A_response_step_can_put_another_response_in_its_place_which_the_next_one_sees()
    {
        var seen = 0;
        var (_, context, pipeline) = await RunAsync(
            Step("a", back: r => { seen = r.Status; return StepOutcome.Continue; }),
            Step("b", back: _ => StepOutcome.Respond(new MadeResponse(299, [new("X-Made", "1")], "made"u8.ToArray()), null)));
        var response = Response(context, 500);

        Assert.Null(await pipeline.RunAsync(response));
        Assert.Equal(299, seen);
        Assert.Equal(["X-Made"], response.Headers.Select(h => h.Key));
        Assert.Equal(4, response.Body.Length);
        Assert.Equal("made", await ReadAsync(response.Body));
    }

    [Fact]
    public async Task Without_an_allowlist_no_step_is_asked()
    {
        var policy = new PlanPolicy(Policy.Plan with { Steps = [] });
        var context = Policies.Request(policy, "https://a.test/");

        Assert.Equal(Reason.NoAllowlist, (await new StepPipeline(policy, [Step("a")], TimeProvider.System).RunAsync(context)).Rejection);
        Assert.Empty(_ran);
        Assert.Equal(DecisionRecord.Proxy, context.Record.RejectedBy);
    }

    [Fact]
    public async Task An_override_that_ends_here_overrides_nothing()
    {
        (string, string)[] named = [("X-HTTP-Method-Override", "DELETE"), ("Connection", "X-HTTP-Method-Override")];

        Assert.Equal(Reason.AmbiguousOverride, (await Overridden(named[..1])).Rejection);
        Assert.True((await Overridden(named)).Continues);

        async Task<StepOutcome> Overridden((string, string)[] headers)
        {
            var policy = Policies.Compile("{tls: {ca_cert: ca.crt, ca_key: ca.key}, transforms: [{name: allowlist, config: {rules: [{host: a.test, methods: [POST]}]}}]}");
            return await new StepPipeline(policy, [], TimeProvider.System).RunAsync(Policies.Request(policy, "https://a.test/", headers));
        }
    }

    private static PlanPolicy Policy { get; } =
        Policies.Compile("{tls: {ca_cert: ca.crt, ca_key: ca.key}, transforms: [{name: allowlist, config: {domains: [a.test]}}]}");

    private static ResponseContext Response(RequestContext context, int status) => new(context, status, [new("X-Upstream", "1")], new BytesBody("upstream"u8.ToArray()));

    private static async Task<string> ReadAsync(ResponseBody body)
    {
        var text = new StringBuilder();
        var buffer = new byte[3];
        while (await body.ReadAsync(buffer, default) is > 0 and var read)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    private async Task<(StepOutcome Outcome, RequestContext Context, StepPipeline Pipeline)> RunAsync(params IStep[] steps)
    {
        var pipeline = new StepPipeline(Policy, steps, TimeProvider.System);
        var context = Policies.Request(Policy, "https://a.test/");
        return (await pipeline.RunAsync(context), context, pipeline);
    }

    private BothStep Step(string name, StepOutcome outcome = default, Func<ResponseContext, StepOutcome>? back = null) => new(name, _ran, outcome, back);

    private BackStep Last(string name, bool concerns = true) => new(name, _ran, concerns: concerns, seesEveryAnswer: true);

    private class ForwardStep(string name, List<string> ran, StepOutcome outcome) : IRequestStep
    {
        public string Name => name;

        public ValueTask<StepOutcome> RunAsync(RequestContext context)
        {
            ran.Add(name);
            return new(outcome);
        }
    }

    private sealed class BothStep(string name, List<string> ran, StepOutcome outcome, Func<ResponseContext, StepOutcome>? back) : ForwardStep(name, ran, outcome), IResponseStep
    {
        private readonly BackStep _back = new(name, ran, back);

        public ValueTask<StepOutcome> RunAsync(ResponseContext response) => _back.RunAsync(response);
    }

    private sealed class BackStep(string name, List<string> ran, Func<ResponseContext, StepOutcome>? back = null, bool concerns = true, bool seesEveryAnswer = false) : IResponseStep
    {
        public string Name => name;

        public bool SeesEveryAnswer => seesEveryAnswer;

        public bool Concerns(RequestContext request) => concerns;

        public ValueTask<StepOutcome> RunAsync(ResponseContext response)
        {
            ran.Add($"{name} back");
            return new(back?.Invoke(response) ?? StepOutcome.Continue);
        }
    }
}
