using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A source that is asked over a network or by a command.</summary>
public abstract record StoreSourcePlan : SecretSourcePlan
{
    /// <inheritdoc />
    [JsonIgnore]
    public override TimeSpan? Lifetime => TtlMs == 0 ? null : TimeSpan.FromMilliseconds(TtlMs);

    /// <inheritdoc />
    [JsonIgnore]
    public override TimeSpan Pause => FailureTtlMs is { } pause ? TimeSpan.FromMilliseconds(pause) : base.Pause;

    /// <summary>How often the value is read again, in milliseconds. 0 reads it once, at the start.</summary>
    public required long TtlMs { get; init; }

    /// <summary>How long nobody tries again behind a reading that failed, in milliseconds. Null when nothing is said.</summary>
    public long? FailureTtlMs { get; init; }
}
