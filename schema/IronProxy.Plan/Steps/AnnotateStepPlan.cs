using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Copies request headers, as the workload sent them, onto the audit record.</summary>
public sealed record AnnotateStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "annotate";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Record;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [.. Annotations.Select(a => a.Rules)];

    /// <summary>The annotation groups, in the order of the file.</summary>
    public required ImmutableArray<AnnotationPlan> Annotations { get; init; }
}

/// <summary>One annotation group.</summary>
public sealed record AnnotationPlan
{
    /// <summary>Index of the rule set that says where the group acts. Null means everywhere.</summary>
    public int? Rules { get; init; }

    /// <summary>Header names to record.</summary>
    public required ImmutableArray<string> Headers { get; init; }
}
