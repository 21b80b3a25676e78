using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Removes every request header that is not listed.</summary>
public sealed record HeaderAllowlistStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "header_allowlist";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Change;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<HeaderPatternPlan> HeaderPatterns => Headers;

    /// <summary>Headers that may pass.</summary>
    public required ImmutableArray<HeaderPatternPlan> Headers { get; init; }

    /// <summary>Index of the rule set that says where the step acts. Null means everywhere.</summary>
    public int? Rules { get; init; }
}
