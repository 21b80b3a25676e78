using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>
/// Asks a language model whether a request may pass. It can only reject. The model is shown what the workload has sent, wherever the step stands
/// (<see cref="StepPlan.Asks"/> is about those who see what other steps have made of it).
/// </summary>
public sealed record JudgeStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "judge";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.WholeBody;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Title => "the judge";

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [Provider.ApiKey.Source];

    /// <summary>Name for audit records; no two judges share one.</summary>
    public required string Name { get; init; }

    /// <summary>The policy in words.</summary>
    public required string Prompt { get; init; }

    /// <summary>The model that is asked.</summary>
    public required JudgeProviderPlan Provider { get; init; }

    /// <summary>What happens without an answer: <c>deny</c> or <c>skip</c>.</summary>
    public required string Fallback { get; init; }

    /// <summary>How long one answer may take, in milliseconds.</summary>
    public required long TimeoutMs { get; init; }

    /// <summary>How many questions may be open at once; others wait.</summary>
    public required int MaxConcurrent { get; init; }

    /// <summary>When the model is no longer asked for a while.</summary>
    public required CircuitBreakerPlan CircuitBreaker { get; init; }

    /// <summary>How verdicts are remembered. Null asks about every request.</summary>
    public VerdictCachePlan? Cache { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}

/// <summary>A language model.</summary>
public sealed record JudgeProviderPlan
{
    /// <summary><c>anthropic</c> or <c>openai</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The model's id.</summary>
    public required string Model { get; init; }

    /// <summary>The API key.</summary>
    public required CredentialPlan ApiKey { get; init; }

    /// <summary>Where the API begins, without a slash at the end.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>How long an answer may be, in tokens.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>What tokens cost. Null where nobody has said.</summary>
    public TokenPricePlan? Price { get; init; }
}

/// <summary>What tokens cost, in billionths of a US dollar, which are thousandths of a dollar for a million of them.</summary>
/// <param name="InputNanodollars">One that the model is sent.</param>
/// <param name="OutputNanodollars">One that it answers.</param>
public sealed record TokenPricePlan(long InputNanodollars, long OutputNanodollars);

/// <summary>How verdicts of a language model are remembered.</summary>
/// <param name="TtlMs">How long one holds, in milliseconds.</param>
/// <param name="MaxEntries">How many are remembered at most.</param>
public sealed record VerdictCachePlan(long TtlMs, int MaxEntries);

/// <summary>Opens after failures in a row.</summary>
/// <param name="ConsecutiveFailures">How many failures open it.</param>
/// <param name="CooldownMs">How long it stays open before one question is tried, in milliseconds.</param>
public sealed record CircuitBreakerPlan(int ConsecutiveFailures, long CooldownMs);
