using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>An environment variable of the proxy process.</summary>
public sealed record EnvSourcePlan : SecretSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "env";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => Var;

    /// <inheritdoc />
    private protected override string Place => $"the variable {Var}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<VariableUse> Variables => [new(Var, At)];

    /// <summary>Name of the variable.</summary>
    public required string Var { get; init; }
}
