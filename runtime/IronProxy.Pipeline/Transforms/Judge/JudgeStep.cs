using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>judge</c>: asks a language model whether a request may pass. It can only reject. The model is shown what the workload has sent, wherever the step stands, so that
/// no value that a step has put into the request leaves for it. What it says about one request holds for that one alone.
/// </summary>
public sealed class JudgeStep : IRequestStep, IDisposable
{
    private const string Skip = "skip";

    /// <summary>In characters.</summary>
    private const int MaxReason = 512;

    /// <summary>In bytes.</summary>
    private const int MaxRawOutput = 2 * 1024;

    private readonly JudgeStepPlan _plan;
    private readonly TimeProvider _time;
    private readonly ILanguageModel? _model;
    private readonly ModelWords _words;
    private readonly string _instructions;
    private readonly TimeSpan _timeout;
    private readonly SemaphoreSlim _slots;
    private readonly CircuitBreaker _breaker;
    private readonly VerdictCache? _cache;

    /// <summary>Prepares the step.</summary>
    public JudgeStep(JudgeStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _time = services.Time;
        var key = services.Credential(plan.Provider.ApiKey, plan, FindProblem);
        _model = services.LanguageModel(plan.Provider, key);
        _words = new ModelWords(key);
        _instructions = JudgeInstructions.For(plan.Prompt);
        _timeout = TimeSpan.FromMilliseconds(plan.TimeoutMs);
        _slots = new SemaphoreSlim(plan.MaxConcurrent);
        _breaker = new CircuitBreaker(plan.CircuitBreaker.ConsecutiveFailures, TimeSpan.FromMilliseconds(plan.CircuitBreaker.CooldownMs), _time);
        _cache = plan.Cache is { } cache ? new VerdictCache(TimeSpan.FromMilliseconds(cache.TtlMs), cache.MaxEntries, _time) : null;
    }

    /// <inheritdoc />
    public string Name => _plan.Type;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context) => context.IsInScope(_plan.Rules) ? JudgeAsync(context) : new(StepOutcome.Continue);

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private static string? FindProblem(SecretValue key) =>
        HeaderName.IsValidValue(key.Reveal()) && Ascii.IsValid(key.Reveal()) && key.Reveal().Trim() == key.Reveal() ? null : "has a line break, a blank at an end or another character that cannot be sent in a header";

    private async ValueTask<StepOutcome> JudgeAsync(RequestContext context)
    {
        var started = _time.GetTimestamp();
        var (body, readable, refusal) = await context.ReadReceivedBodyAsync().ConfigureAwait(false);
        if (body is null)
        {
            return StepOutcome.Reject(refusal!, _plan.At); // The one is null when the other is not. Nobody can send such a body on.
        }

        if (readable && context.Body.IsAsReceived)
        {
            context.SendDecoded(body); // The model is shown one reading, and the upstream must get no other.
        }

        context.Observer?.Asks(Describe());
        if (_model is null)
        {
            return StepOutcome.Continue; // Nobody is asked where requests are only explained.
        }

        var envelope = JudgeEnvelope.Of(context, body, readable);
        var fingerprint = _cache is null ? "" : envelope.Fingerprint();
        if (_cache?.TryFind(fingerprint, out var known) == true)
        {
            var outcome = Conclude(context, known, started);
            new JudgeNotes(context.Step).Remembered();
            return outcome;
        }

        var (answer, failure, isOpen) = await AskAsync(_model, new ModelQuestion(_instructions, envelope.Write()), context.Aborted).ConfigureAwait(false);
        if (answer is null)
        {
            return FallBack(context, started, failure!, answer: null, rawOutput: null, isOpen); // The one is null when the other is not.
        }

        if (JudgeVerdict.Parse(answer.Text) is not { } verdict)
        {
            var output = ModelWords.CutBytes(await _words.CleanAsync(answer.Text, context.Aborted).ConfigureAwait(false), MaxRawOutput);
            return FallBack(context, started, "the answer of the language model is no decision", answer, output, isOpen: false);
        }

        verdict = verdict with { Reason = ModelWords.Cut(await _words.CleanAsync(verdict.Reason, context.Aborted).ConfigureAwait(false), MaxReason) };

        _cache?.Add(fingerprint, verdict);
        var decided = Conclude(context, verdict, started);
        new JudgeNotes(context.Step).Billed(answer, _plan.Provider.Price);
        return decided;
    }

    /// <summary>Asks the model when there is room for the question and the breaker lets it pass.</summary>
    private async ValueTask<(ModelAnswer? Answer, string? Failure, bool IsOpen)> AskAsync(ILanguageModel model, ModelQuestion question, CancellationToken aborted)
    {
        const string Open = "the circuit breaker is open, and the language model is not asked";
        if (_breaker.IsOpen)
        {
            return (null, Open, true); // Nobody waits for a place only to hear it then.
        }

        await _slots.WaitAsync(aborted).ConfigureAwait(false);
        try
        {
            aborted.ThrowIfCancellationRequested(); // A place that comes free in the same moment is for those who still want it.
            if (!_breaker.TryEnter(out var attempt))
            {
                return (null, Open, true);
            }

            var (answer, failure) = await AttemptAsync(model, question, attempt, aborted).ConfigureAwait(false);
            return (answer, failure, false);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>
    /// Asks the model, and tells the breaker. An answer that is no decision is no failure of the model's server: who words requests could make such answers, and stop the questions about all others by them.
    /// </summary>
    private async ValueTask<(ModelAnswer? Answer, string? Failure)> AttemptAsync(ILanguageModel model, ModelQuestion question, CircuitBreaker.Attempt attempt, CancellationToken aborted)
    {
        using var late = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, aborted);
        var concluded = false;
        try
        {
            var answer = await model.AskAsync(question, either.Token).ConfigureAwait(false);
            concluded = true;
            _breaker.Succeed(attempt);
            return (answer, null);
        }
        catch (Exception e) when (e is ModelUnavailableException or SecretUnavailableException || (e is OperationCanceledException && !aborted.IsCancellationRequested))
        {
            // What one request makes of its question is left aside: it would switch the judge off for all others.
            if (e is not ModelUnavailableException { IsOfQuestion: true })
            {
                concluded = true;
                _breaker.Fail(attempt);
            }

            return (null, e switch
            {
                ModelUnavailableException => $"the language model gave no answer: {e.Message}",
                SecretUnavailableException => "the key of the language model cannot be had",
                _ => "the language model did not answer in time",
            });
        }
        finally
        {
            if (!concluded)
            {
                _breaker.Abandon(attempt); // The client left, it is of the question, or something of ours is wrong: the model has no part in it.
            }
        }
    }

    private StepOutcome Conclude(RequestContext context, JudgeVerdict verdict, long started)
    {
        new JudgeNotes(context.Step).Decided(_plan.Name, _plan.Provider.Model, verdict.Allows ? "ALLOW" : "DENY", verdict.Reason, _time.GetElapsedTime(started));
        return verdict.Allows ? StepOutcome.Continue : StepOutcome.Reject(Reason.JudgeDenied, _plan.At);
    }

    private StepOutcome FallBack(RequestContext context, long started, string failure, ModelAnswer? answer, string? rawOutput, bool isOpen)
    {
        var skips = _plan.Fallback == Skip;
        var notes = new JudgeNotes(context.Step);
        notes.Decided(_plan.Name, _plan.Provider.Model, skips ? "FALLBACK_ALLOW" : "FALLBACK_DENY", failure, _time.GetElapsedTime(started));
        if (answer is not null)
        {
            notes.Billed(answer, _plan.Provider.Price);
        }

        notes.FellBack(_plan.Fallback, isOpen, rawOutput);
        return skips ? StepOutcome.Continue : StepOutcome.Reject(Reason.JudgeUnavailable, _plan.At);
    }

    private AskedService Describe() => new(
        _plan.Name,
        $"{_plan.Provider.Model} of {_plan.Provider.Type} at {_plan.Provider.BaseUrl}",
        ["method", "url", "headers", "body"],
        _plan.Fallback,
        static _ => false);
}
