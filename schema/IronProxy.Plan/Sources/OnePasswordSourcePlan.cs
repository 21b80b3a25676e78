using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A field of a 1Password item, through a service account.</summary>
public sealed record OnePasswordSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "1password";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => SecretRef;

    /// <inheritdoc />
    private protected override string Place => $"{SecretRef} by the token in {TokenEnv}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<VariableUse> Variables => [new(TokenEnv, At)];

    /// <summary>The field, as <c>op://vault/item/[section/]field</c>.</summary>
    public required string SecretRef { get; init; }

    /// <summary>Environment variable that holds the service account's token.</summary>
    public required string TokenEnv { get; init; }
}
