using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Copies a bounded prefix of the request body, as the workload sent it, onto the audit record.</summary>
public sealed record BodyCaptureStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "body_capture";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.BodyPrefix;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Record;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <summary>How many bytes of the decoded body are kept.</summary>
    public required int MaxRequestBodyBytes { get; init; }

    /// <summary>Index of the rule set that says where the step acts. Null means everywhere.</summary>
    public int? Rules { get; init; }
}
