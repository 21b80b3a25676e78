using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Lets through calls of those JSON-RPC methods that are listed.</summary>
public sealed record JsonRpcStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "json_rpc";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Title => "the JSON-RPC policy";

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.WholeBody;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override IEnumerable<ArgumentMatcherPlan> ArgumentMatchers => Methods.SelectMany(m => m.When);

    /// <inheritdoc />
    [JsonIgnore]
    public override bool JudgesBody => true;

    /// <summary>Name for audit records.</summary>
    public required string Name { get; init; }

    /// <summary>The methods that may be called. A call is allowed when any entry of its name allows it.</summary>
    public required ImmutableArray<AllowedEntryPlan> Methods { get; init; }

    /// <summary>What a denied call is answered with.</summary>
    public required JsonRpcErrorPlan Error { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}
