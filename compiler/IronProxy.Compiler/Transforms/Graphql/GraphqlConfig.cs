using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.Graphql;

/// <summary>Lets through operations of GraphQL that select listed fields alone. All others are denied.</summary>
internal sealed record GraphqlConfig : ConfigRecord
{
    /// <summary>Name for audit records.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Which requests are operations, by hosts and paths. At least one rule; methods are left out, because what comes by another one than POST and GET is refused.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>The fields that queries may select at their root. All others are denied.</summary>
    [Key("queries")]
    public LocatedList<GraphqlFieldConfig>? Queries { get; init; }

    /// <summary>The fields that mutations may select at their root. All others are denied.</summary>
    [Key("mutations")]
    public LocatedList<GraphqlFieldConfig>? Mutations { get; init; }

    /// <summary>The fields that subscriptions may select at their root. All others are denied. Their events come in the response; WebSockets are refused.</summary>
    [Key("subscriptions")]
    public LocatedList<GraphqlFieldConfig>? Subscriptions { get; init; }

    /// <summary>Whether the schema may be asked for: the fields __schema and __type.</summary>
    [Key("introspection", Default = false)]
    public Located<bool>? Introspection { get; init; }

    /// <summary>SHA-256 hashes, in hexadecimal digits, of persisted queries that may be used by their hash alone. What they select is not seen.</summary>
    [Key("persisted_queries")]
    public LocatedList<Located<string>>? PersistedQueries { get; init; }

    /// <summary>How deep fields may stand in each other.</summary>
    [Key("max_depth", Default = 20L, Minimum = 1, Maximum = 100)]
    public Located<long>? MaxDepth { get; init; }

    /// <summary>How many fields and fragments the operations of a request may select. A fragment counts wherever it is used.</summary>
    [Key("max_fields", Default = 1000L, Minimum = 1, Maximum = 100_000)]
    public Located<long>? MaxFields { get; init; }

    /// <summary>What a denied operation is answered with.</summary>
    [Key("error")]
    public GraphqlErrorConfig? Error { get; init; }
}
