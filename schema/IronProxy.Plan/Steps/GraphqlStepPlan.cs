using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Lets through operations of GraphQL that select listed fields alone.</summary>
public sealed record GraphqlStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "graphql";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Title => "the GraphQL policy";

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
    public override IEnumerable<ArgumentMatcherPlan> ArgumentMatchers => Queries.Concat(Mutations).Concat(Subscriptions).SelectMany(f => f.When);

    /// <inheritdoc />
    [JsonIgnore]
    public override bool JudgesBody => true;

    /// <summary>Name for audit records.</summary>
    public required string Name { get; init; }

    /// <summary>The fields that queries may select at their root.</summary>
    public required ImmutableArray<GraphqlFieldPlan> Queries { get; init; }

    /// <summary>The fields that mutations may select at their root.</summary>
    public required ImmutableArray<GraphqlFieldPlan> Mutations { get; init; }

    /// <summary>The fields that subscriptions may select at their root.</summary>
    public required ImmutableArray<GraphqlFieldPlan> Subscriptions { get; init; }

    /// <summary>Whether the schema may be asked for.</summary>
    public bool Introspection { get; init; }

    /// <summary>SHA-256 hashes, in lower hexadecimal digits, of persisted queries that may be used by their hash alone.</summary>
    public required ImmutableArray<string> PersistedQueries { get; init; }

    /// <summary>How deep fields may stand in each other.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>How many fields and fragments the operations of a request may select.</summary>
    public required int MaxFields { get; init; }

    /// <summary>The message of the error that a denied operation is answered with.</summary>
    public required string Message { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}

/// <summary>A field that may be selected at the root of an operation. Of several entries with one field any may allow it.</summary>
public sealed record GraphqlFieldPlan
{
    /// <summary>The entry of any field.</summary>
    public const string Any = "*";

    /// <summary>Its name, or <see cref="Any"/>.</summary>
    public required string Field { get; init; }

    /// <summary>Paths of the fields that may be selected beneath it, with all that is beneath those. Null for any.</summary>
    public ImmutableArray<string>? Fields { get; init; }

    /// <summary>What is asked of the arguments of the field. All must hold.</summary>
    public required ImmutableArray<ArgumentMatcherPlan> When { get; init; }

    /// <summary>Where the entry is written.</summary>
    public required SourcePosition At { get; init; }
}
