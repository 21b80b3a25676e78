using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Opens after failures in a row.</summary>
internal sealed record CircuitBreakerConfig : ConfigRecord
{
    /// <summary>How many failures in a row open it.</summary>
    [Key("consecutive_failures", Default = 5L, Minimum = 1, Maximum = int.MaxValue)]
    public Located<long>? ConsecutiveFailures { get; init; }

    /// <summary>How long it stays open before one question is tried, such as 10s.</summary>
    [Key("cooldown", Default = "10s")]
    public Located<string>? Cooldown { get; init; }
}
