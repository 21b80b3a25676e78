using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A field of a 1Password item, through a Connect server.</summary>
public sealed record OnePasswordConnectSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "1password_connect";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => SecretRef;

    /// <inheritdoc />
    private protected override string Place => $"{SecretRef} of the server in {HostEnv}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<VariableUse> Variables => [new(HostEnv, At) { IsSecret = false }, new(TokenEnv, At)];

    /// <summary>The field, as <c>op://vault/item/[section/]field</c>.</summary>
    public required string SecretRef { get; init; }

    /// <summary>Environment variable that holds the server's URL.</summary>
    public required string HostEnv { get; init; }

    /// <summary>Environment variable that holds the server's API token.</summary>
    public required string TokenEnv { get; init; }
}
