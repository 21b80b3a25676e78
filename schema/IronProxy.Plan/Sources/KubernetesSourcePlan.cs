using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A key of a Secret of Kubernetes, asked for with the service account of the proxy's pod.</summary>
public sealed record KubernetesSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "kubernetes";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => $"{Name}.{Key}{(JsonKey is { } key ? "." + key : "")}";

    /// <inheritdoc />
    private protected override string Place => $"{Key} of the Kubernetes Secret {Name}{(Namespace is { } name ? ", namespace " + name : "")}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ClusterSecret? ClusterSecret => new(Namespace, Name);

    /// <summary>Name of the Secret.</summary>
    public required string Name { get; init; }

    /// <summary>Its namespace. Null for that of the proxy's pod.</summary>
    public string? Namespace { get; init; }

    /// <summary>The key of its data.</summary>
    public required string Key { get; init; }
}
