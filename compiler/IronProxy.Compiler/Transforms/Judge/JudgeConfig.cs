using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Asks a language model whether a request may pass. It can only reject, and is shown what the workload sends, wherever it stands.</summary>
internal sealed record JudgeConfig : ConfigRecord
{
    /// <summary>Name for audit records. No two judges share one.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>What is allowed and what is not, in words.</summary>
    [Key("prompt", Required = true)]
    public Located<string>? Prompt { get; init; }

    /// <summary>Where the transform acts. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>The model that is asked.</summary>
    [Key("provider", Required = true)]
    public JudgeProviderConfig? Provider { get; init; }

    /// <summary>What happens without an answer: deny rejects, skip leaves the request to the other transforms.</summary>
    [Key("fallback", Default = "deny", OneOf = ["deny", "skip"])]
    public Located<string>? Fallback { get; init; }

    /// <summary>How long one answer may take, such as 8s.</summary>
    [Key("timeout", Default = "8s")]
    public Located<string>? Timeout { get; init; }

    /// <summary>How many questions may be open at once. Others wait.</summary>
    [Key("max_concurrent", Default = 100L, Minimum = 1, Maximum = int.MaxValue)]
    public Located<long>? MaxConcurrent { get; init; }

    /// <summary>When the model is no longer asked for a while.</summary>
    [Key("circuit_breaker")]
    public CircuitBreakerConfig? CircuitBreaker { get; init; }

    /// <summary>Remembers verdicts. Without it the model is asked about every request.</summary>
    [Key("cache")]
    public VerdictCacheConfig? Cache { get; init; }
}
