using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>What becomes of a request by what a model answers, and does not answer.</summary>
public sealed class JudgeStepTests
{
    private const string Allow = """{"decision":"ALLOW","reason":"it reads"}""";
    private const string Deny = """{"decision":"DENY","reason":"it writes"}""";

    [Fact]
    public async Task What_the_model_allows_goes_on()
    {
        using var world = new JudgeWorld();
        var (outcome, notes) = await world.RunAsync("text");

        Assert.True(outcome.Continues);
        Assert.Equal(
            ["judge.instance=guard", "judge.model=m-1", "judge.decision=ALLOW", "judge.reason=it reads", "judge.duration_ms=0", "judge.input_tokens=1000", "judge.output_tokens=50", "judge.cost_usd=0.001"], notes);
    }

    [Fact]
    public async Task What_the_model_denies_is_refused_at_the_judges_line()
    {
        using var world = new JudgeWorld { Says = Saying(Deny) };
        var (outcome, notes) = await world.RunAsync("text");

        Assert.Equal((Reason.JudgeDenied, 403, 7), (outcome.Rejection, outcome.Rejection!.Status, outcome.Rule!.Value.Line));
        Assert.Contains("judge.decision=DENY", notes);
        Assert.DoesNotContain(notes, n => n.StartsWith("judge.fallback_applied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_no_rule_matches_is_not_asked_about()
    {
        using var world = new JudgeWorld();
        var context = world.Request("https://api.example.com/other", body: "text");

        Assert.True((await world.RunAsync(context)).Continues);
        Assert.Empty(world.Questions);
        Assert.Empty(JudgeWorld.Notes(context));
        Assert.Equal(0, context.Body.BytesRead);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ALLOW")]
    [InlineData("\"ALLOW\"")]
    [InlineData("[]")]
    [InlineData("""{"decision":"allow"}""")]
    [InlineData("""{"decision":"ALLOW "}""")]
    [InlineData("""{"decision":"MAYBE"}""")]
    [InlineData("""{"decision":true}""")]
    [InlineData("""{"decision":["ALLOW"]}""")]
    [InlineData("""{"Decision":"ALLOW"}""")]
    [InlineData("""{"reason":"ALLOW"}""")]
    [InlineData("""{"decision":"DENY","decision":"ALLOW"}""")]
    [InlineData("""{"decision":"ALLOW","reason":"\ud800"}""")]
    [InlineData("""{"decision":"ALLOW"} {"decision":"DENY"}""")]
    [InlineData("""Sure! {"decision":"ALLOW"}""")]
    [InlineData("```json\n{\"decision\":\"ALLOW\"}\n```")]
    [InlineData("""{"decision":"ALLOW","reason":"cut""")]
    [InlineData("""{"decision":"ALLOW",}""")]
    public async Task An_answer_that_is_no_decision_denies_and_is_recorded(string answer)
    {
        using var world = new JudgeWorld { Says = Saying(answer) };
        var (outcome, notes) = await world.RunAsync("text");

        Assert.Equal(Reason.JudgeUnavailable, outcome.Rejection);
        Assert.Equal(403, outcome.Rejection!.Status);
        Assert.Equal(
            [
                "judge.instance=guard", "judge.model=m-1", "judge.decision=FALLBACK_DENY", "judge.reason=the answer of the language model is no decision", "judge.duration_ms=0",
                "judge.input_tokens=1000", "judge.output_tokens=50", "judge.cost_usd=0.001", "judge.fallback_applied=deny", $"judge.raw_output={answer}",
            ],
            notes);
    }

    [Fact]
    public async Task With_skip_the_request_is_left_to_the_others()
    {
        using var world = new JudgeWorld("fallback: skip") { Says = static (_, _) => throw new ModelUnavailableException("it answered with status 429") };
        var (outcome, notes) = await world.RunAsync("text");

        Assert.True(outcome.Continues);
        Assert.Equal(
            ["judge.instance=guard", "judge.model=m-1", "judge.decision=FALLBACK_ALLOW", "judge.reason=the language model gave no answer: it answered with status 429", "judge.duration_ms=0", "judge.fallback_applied=skip"], notes);
    }

    [Fact]
    public async Task Long_words_of_the_model_are_cut_between_characters()
    {
        using var world = new JudgeWorld { Says = Saying($$"""{"decision":"DENY","reason":"{{new string('x', 511)}}😀"}""") };
        var (_, notes) = await world.RunAsync();
        Assert.Contains($"judge.reason={new string('x', 511)}", notes);

        world.Says = Saying($$"""{"decision":"DENY","reason":"{{new string('ü', 600)}}"}""");
        (_, notes) = await world.RunAsync();
        Assert.Contains($"judge.reason={new string('ü', 512)}", notes);

        world.Says = Saying(new string('x', 2047) + "ü");
        (_, notes) = await world.RunAsync();
        Assert.Contains($"judge.raw_output={new string('x', 2047)}", notes);
    }

    [Theory]
    [InlineData("sk-real+key/1")]
    [InlineData("sk-real\\u002bkey\\/1")]
    [InlineData("sk-real%2Bkey%2F1")]
    [InlineData("c2stcmVhbCtrZXkvMQ==")]
    public async Task The_key_is_not_recorded_in_whatever_notation_it_is_said_back(string said)
    {
        using var world = new JudgeWorld();
        foreach (var answer in (string[])[$$"""{"decision":"DENY","reason":"the key is {{said}}"}""", $$"""{"decision":"DENY","reason":"{{new string('x', 505)}}{{said}}"}""", $"{said} is the key", new string('x', 2040) + said])
        {
            world.Says = Saying(answer);
            var notes = string.Join('\n', (await world.RunAsync()).Notes);
            Assert.DoesNotContain("sk-r", notes, StringComparison.Ordinal);
            Assert.DoesNotContain("c2stcm", notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_that_does_not_say_what_it_is_billed_with_has_no_cost()
    {
        using var world = new JudgeWorld { Says = static (_, _) => Task.FromResult(new ModelAnswer(Allow, 7, null)) };
        var (_, notes) = await world.RunAsync();
        Assert.Equal(["judge.input_tokens=7"], notes.Skip(5));
    }

    [Fact]
    public async Task A_model_that_is_late_is_not_waited_for()
    {
        var cancelled = new TaskCompletionSource<bool>();
        using var world = new JudgeWorld("timeout: 3s")
        {
            Says = async (_, cancellation) =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                finally
                {
                    cancelled.SetResult(cancellation.IsCancellationRequested);
                }

                return JudgeWorld.Answer(Allow);
            },
        };
        var running = world.RunAsync("text");
        world.Time.Advance(TimeSpan.FromMilliseconds(2999));
        Assert.False(running.IsCompleted);
        world.Time.Advance(TimeSpan.FromMilliseconds(1));

        var (outcome, notes) = await running.WaitAsync(Testing.Patience.Event);
        Assert.True(await cancelled.Task);
        Assert.Equal(Reason.JudgeUnavailable, outcome.Rejection);
        Assert.Contains("judge.reason=the language model did not answer in time", notes);
        Assert.Contains("judge.duration_ms=3000", notes);
    }

    [Fact]
    public async Task The_time_of_a_question_begins_when_it_is_asked()
    {
        var first = new TaskCompletionSource<ModelAnswer>();
        using var world = new JudgeWorld("timeout: 3s\n      max_concurrent: 1") { Says = (_, cancellation) => first.Task.WaitAsync(cancellation) };
        var asked = world.RunAsync();
        var waiting = world.RunAsync();
        world.Time.Advance(TimeSpan.FromSeconds(2));
        first.SetResult(JudgeWorld.Answer(Allow));
        await asked.WaitAsync(Testing.Patience.Event);
        Assert.True((await waiting.WaitAsync(Testing.Patience.Event)).Outcome.Continues);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_question_and_counts_as_nothing()
    {
        using var client = new CancellationTokenSource();
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 1, cooldown: 1h}\n      max_concurrent: 1") { Says = Never };
        var asking = world.RunAsync(world.Request(body: "text", aborted: client.Token)).AsTask();
        var waiting = world.RunAsync(world.Request(body: "text", aborted: client.Token)).AsTask();
        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Testing.Patience.Event));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Testing.Patience.Event));
        Assert.Single(world.Questions);
        world.Says = Saying(Allow);
        Assert.True((await world.RunAsync()).Outcome.Continues);
    }

    [Fact]
    public async Task No_more_questions_are_open_than_may_be()
    {
        const int Requests = 1000;
        var (open, most) = (0, 0);
        using var gate = new SemaphoreSlim(0);
        using var world = new JudgeWorld("max_concurrent: 10")
        {
            Says = async (_, cancellation) =>
            {
                var now = Interlocked.Increment(ref open);
                InterlockedMax(ref most, now);
                await gate.WaitAsync(cancellation);
                Interlocked.Decrement(ref open);
                return JudgeWorld.Answer(Allow);
            },
        };
        var running = Enumerable.Range(0, Requests).Select(_ => world.RunAsync("text")).ToArray();
        Assert.Equal(10, world.Questions.Count);
        gate.Release(Requests);

        Assert.All(await Task.WhenAll(running).WaitAsync(Testing.Patience.Program), r => Assert.True(r.Outcome.Continues));
        Assert.Equal((Requests, 10), (world.Questions.Count, most));
    }

    [Fact]
    public async Task The_breaker_opens_behind_failures_in_a_row_and_one_success_counts_from_the_start()
    {
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 3, cooldown: 10s}");
        foreach (var fails in (bool[])[true, true, false, true, true])
        {
            world.Says = fails ? Failing : Saying(Allow);
            await world.RunAsync();
        }

        Assert.Equal(5, world.Questions.Count);
        world.Says = Failing;
        Assert.DoesNotContain("judge.circuit_breaker_tripped=True", (await world.RunAsync()).Notes);

        world.Says = Saying(Allow);
        var (outcome, notes) = await world.RunAsync();
        Assert.Equal((Reason.JudgeUnavailable, 6), (outcome.Rejection, world.Questions.Count));
        Assert.Equal(
            ["judge.decision=FALLBACK_DENY", "judge.reason=the circuit breaker is open, and the language model is not asked", "judge.duration_ms=0", "judge.fallback_applied=deny", "judge.circuit_breaker_tripped=True"], notes.Skip(2));
    }

    /// <summary>Whoever words requests could have some refused by the filter of a provider, and would switch the judge off for all.</summary>
    [Fact]
    public async Task What_is_of_one_question_does_not_open_the_breaker()
    {
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 2, cooldown: 10s}\n      fallback: skip") { Says = (_, _) => throw new ModelUnavailableException("it answered with status 400", isOfQuestion: true) };
        for (var i = 0; i < 5; i++)
        {
            Assert.DoesNotContain("judge.circuit_breaker_tripped=True", (await world.RunAsync()).Notes);
        }

        world.Says = Saying(Deny);
        Assert.Equal(Reason.JudgeDenied, (await world.RunAsync()).Outcome.Rejection);
        Assert.Equal(6, world.Questions.Count);
    }

    [Fact]
    public async Task Behind_the_cooldown_one_question_decides_and_the_others_are_not_asked()
    {
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 1, cooldown: 10s}\n      fallback: skip") { Says = Failing };
        await world.RunAsync();
        world.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Contains("judge.circuit_breaker_tripped=True", (await world.RunAsync()).Notes);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        var probe = new TaskCompletionSource<ModelAnswer>();
        world.Says = (_, _) => probe.Task;
        var probing = world.RunAsync();
        Assert.Contains("judge.circuit_breaker_tripped=True", (await world.RunAsync()).Notes);
        Assert.Equal(2, world.Questions.Count);

        probe.SetException(new ModelUnavailableException("it answered with status 500"));
        Assert.DoesNotContain("judge.circuit_breaker_tripped=True", (await probing).Notes);
        world.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Contains("judge.circuit_breaker_tripped=True", (await world.RunAsync()).Notes);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        world.Says = Saying(Deny);
        Assert.Equal(Reason.JudgeDenied, (await world.RunAsync()).Outcome.Rejection);
        Assert.Equal(Reason.JudgeDenied, (await world.RunAsync()).Outcome.Rejection);
        Assert.Equal(4, world.Questions.Count);
    }

    [Fact]
    public async Task Answers_that_are_no_decision_do_not_open_the_breaker()
    {
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 2, cooldown: 1h}") { Says = Saying("I would rather not.") };
        for (var i = 0; i < 5; i++)
        {
            await world.RunAsync();
        }

        world.Says = Saying(Allow);
        Assert.True((await world.RunAsync()).Outcome.Continues);
    }

    [Fact]
    public async Task Those_who_wait_when_the_breaker_opens_are_not_asked_about()
    {
        var first = new TaskCompletionSource<ModelAnswer>();
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 1, cooldown: 1h}\n      max_concurrent: 1") { Says = (_, _) => first.Task };
        var asked = world.RunAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => world.RunAsync()).ToArray();
        first.SetException(new ModelUnavailableException("it answered with status 503"));

        await asked;
        Assert.All(await Task.WhenAll(waiting).WaitAsync(Testing.Patience.Event), w => Assert.Contains("judge.circuit_breaker_tripped=True", w.Notes));
        Assert.Single(world.Questions);
    }

    [Fact]
    public async Task A_key_that_cannot_be_had_is_no_answer()
    {
        using var world = new JudgeWorld { Says = static (_, _) => throw new SecretUnavailableException("KEY cannot be read: canary") };
        Assert.Contains("judge.reason=the key of the language model cannot be had", (await world.RunAsync()).Notes);
    }

    [Fact]
    public async Task A_fault_of_ours_is_none_of_the_models()
    {
        using var world = new JudgeWorld("circuit_breaker: {consecutive_failures: 1, cooldown: 1h}") { Says = static (_, _) => throw new InvalidOperationException("a fault") };
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.RunAsync());
        world.Says = Saying(Allow);
        Assert.True((await world.RunAsync()).Outcome.Continues);
    }

    [Fact]
    public async Task Verdicts_are_not_remembered_unless_it_is_asked_for()
    {
        using var world = new JudgeWorld();
        await world.RunAsync("text");
        await world.RunAsync("text");
        Assert.Equal(2, world.Questions.Count);
    }

    [Fact]
    public async Task A_remembered_verdict_holds_for_its_time_and_costs_nothing()
    {
        using var world = new JudgeWorld("cache: {ttl: 60s}") { Says = Saying(Deny) };
        Assert.Equal(Reason.JudgeDenied, (await world.RunAsync("text")).Outcome.Rejection);
        world.Time.Advance(TimeSpan.FromSeconds(59));
        var (outcome, notes) = await world.RunAsync("text");
        Assert.Equal(Reason.JudgeDenied, outcome.Rejection);
        Assert.Equal(["judge.instance=guard", "judge.model=m-1", "judge.decision=DENY", "judge.reason=it writes", "judge.duration_ms=0", "judge.cached=True"], notes);
        Assert.Single(world.Questions);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        world.Says = Saying(Allow);
        Assert.True((await world.RunAsync("text")).Outcome.Continues);
    }

    [Fact]
    public async Task What_was_decided_without_an_answer_is_not_remembered()
    {
        using var world = new JudgeWorld("cache: {ttl: 60s}") { Says = Failing };
        await world.RunAsync("text");
        world.Says = Saying("no decision");
        await world.RunAsync("text");
        world.Says = Saying(Allow);
        Assert.True((await world.RunAsync("text")).Outcome.Continues);
        Assert.Equal(3, world.Questions.Count);
    }

    [Fact]
    public async Task Only_the_same_request_to_the_last_byte_has_a_remembered_verdict()
    {
        using var world = new JudgeWorld("cache: {ttl: 60s}");
        var large = new string('x', 20_000);
        string[] names = ["method", "scheme", "port", "path", "query", "long query", "name", "value", "value of another", "order", "body", "end of a long body", "no body", "coding", "moved"];
        foreach (var name in names)
        {
            (string, string)[] headers = name switch
            {
                "name" => [("X-B", "1"), ("X-C", "2")],
                "value" => [("X-A", "3"), ("X-B", "2")],
                "value of another" => [("X-A", "2"), ("X-B", "1")],
                "order" => [("X-A", "1,2"), ("X-B", "")],
                "coding" => [("X-A", "1"), ("X-B", "2"), ("Content-Encoding", "unknown")],
                "moved" => [("X-A", "1X-B"), ("X-", "2")],
                _ => [("X-A", "1"), ("X-B", "2")],
            };
            var url = name switch
            {
                "scheme" => "http://api.example.com:443/v1/x",
                "port" => "https://api.example.com:444/v1/x",
                "path" => "https://api.example.com/v1/X",
                "query" => "https://api.example.com/v1/x?",
                "long query" => $"https://api.example.com/v1/x?{large[..3000]}",
                _ => "https://api.example.com/v1/x",
            };
            var body = name switch { "body" => "Text", "end of a long body" => large, "no body" => null, _ => "text" };
            await world.RunAsync(world.Request(url, headers, body, name == "method" ? "PUT" : "POST"));
        }

        await world.RunAsync(world.Request("https://api.example.com/v1/x", [("X-A", "1"), ("X-B", "2")], "text"));
        await world.RunAsync(world.Request("https://api.example.com/v1/x", [("X-A", "1"), ("X-B", "2")], large[..^1] + "y"));
        await world.RunAsync(world.Request($"https://api.example.com/v1/x?{large[..2999]}y", [("X-A", "1"), ("X-B", "2")], "text"));
        Assert.Equal(names.Length + 3, world.Questions.Count);

        // The order of different headers, and how their names are spelled, say nothing.
        await world.RunAsync(world.Request("https://api.example.com/v1/x", [("x-b", "2"), ("X-A", "1")], "text"));
        Assert.Equal(names.Length + 3, world.Questions.Count);
    }

    [Fact]
    public async Task As_many_verdicts_are_remembered_as_may_be_and_those_last_that_are_used()
    {
        using var world = new JudgeWorld("cache: {ttl: 60s, max_entries: 2}");
        foreach (var body in (string[])["a", "b", "a", "c", "a", "b"])
        {
            await world.RunAsync(body);
        }

        Assert.Equal(["a", "b", "c", "b"], world.Questions.Select(q => System.Text.Json.JsonDocument.Parse(q.Matter).RootElement.GetProperty("body").GetString()));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whatever_the_fallback()
    {
        using var world = new JudgeWorld("fallback: skip", limit: 3);
        var context = world.Request(body: "text");
        Assert.Equal(Reason.BodyTooLarge, (await world.RunAsync(context)).Rejection);
        Assert.Empty(world.Questions);
    }

    private static Func<ModelQuestion, CancellationToken, Task<ModelAnswer>> Saying(string text) => (_, _) => Task.FromResult(JudgeWorld.Answer(text));

    private static Task<ModelAnswer> Failing(ModelQuestion question, CancellationToken cancellation) => throw new ModelUnavailableException("it answered with status 500");

    private static async Task<ModelAnswer> Never(ModelQuestion question, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new InvalidOperationException("It was waited for without end.");
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen; (seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen;)
        {
        }
    }
}
