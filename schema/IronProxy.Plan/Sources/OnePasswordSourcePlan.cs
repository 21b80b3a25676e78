using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A field of a 1Password item, through a service account.</summary>
public sealed record OnePasswordSourcePlan : SecretSourcePlan
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

    /// <summary>How often the value is read again, in milliseconds. 0 reads it once, at the start.</summary>
    public required long TtlMs { get; init; }
}
