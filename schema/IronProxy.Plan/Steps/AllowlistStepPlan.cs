using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Lets requests through that match a rule, and denies the others.</summary>
public sealed record AllowlistStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "allowlist";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override bool DecidesDestinations => true;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <summary>Index of the rule set that a request must match.</summary>
    public required int Rules { get; init; }

    /// <summary>Index of the rule set of the hosts whose TLS is passed through unopened; null when there are none. All of its rules are in the other set as well.</summary>
    public int? PassedThrough { get; init; }

    /// <summary>When true, a violation is recorded and the request goes on.</summary>
    public bool Warn { get; init; }
}
