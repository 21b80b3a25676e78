using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What is recorded of a request that a judge was asked about.</summary>
/// <param name="record">Where.</param>
internal readonly struct JudgeNotes(StepRecord record)
{
    private const decimal NanodollarsOfDollar = 1_000_000_000;

    /// <summary>Writes down what was decided.</summary>
    /// <param name="instance">The judge's name.</param>
    /// <param name="model">The model's id.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="reason">Why.</param>
    /// <param name="duration">How long it took.</param>
    public void Decided(string instance, string model, string decision, string reason, TimeSpan duration)
    {
        Annotate("instance", instance);
        Annotate("model", model);
        Annotate("decision", decision);
        Annotate("reason", reason);
        Annotate("duration_ms", (long)duration.TotalMilliseconds);
    }

    /// <summary>Writes down what an answer was billed with.</summary>
    public void Billed(ModelAnswer answer, TokenPricePlan? price)
    {
        if (answer.InputTokens is { } input)
        {
            Annotate("input_tokens", input);
        }

        if (answer.OutputTokens is { } output)
        {
            Annotate("output_tokens", output);
        }

        if (price is not null && answer is { InputTokens: { } sent, OutputTokens: { } received })
        {
            Annotate("cost_usd", (((decimal)sent * price.InputNanodollars) + ((decimal)received * price.OutputNanodollars)) / NanodollarsOfDollar);
        }
    }

    /// <summary>Writes down that there was no verdict.</summary>
    public void FellBack(string fallback, bool isOpen, string? rawOutput)
    {
        Annotate("fallback_applied", fallback);
        if (isOpen)
        {
            Annotate("circuit_breaker_tripped", true);
        }

        if (rawOutput is not null)
        {
            Annotate("raw_output", rawOutput);
        }
    }

    /// <summary>Writes down that the verdict is that of an earlier request.</summary>
    public void Remembered() => Annotate("cached", true);

    private void Annotate(string name, object value) => record.Annotate("judge." + name, value);
}
