using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A secret of the KV engine of HashiCorp Vault.</summary>
public sealed record VaultKvSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "vault_kv";

    /// <summary>The login with a token that exists.</summary>
    public const string Token = "token";

    /// <summary>The login of machines, with the id of a role and a secret id.</summary>
    public const string AppRole = "approle";

    /// <summary>The login with the token of a service account.</summary>
    public const string Kubernetes = "kubernetes";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => Last(Path, '/') + (JsonKey is { } key ? "." + key : "");

    /// <inheritdoc />
    private protected override string Place => $"{Mount}/{Path} of the Vault in {AddressEnv}{(Namespace is { } name ? ", namespace " + name : "")}";

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<VariableUse> Variables =>
    [
        new(AddressEnv, At) { IsSecret = false },
        .. new[] { TokenEnv, SecretIdEnv }.OfType<string>().Select(v => new VariableUse(v, At)),
        .. RoleIdEnv is { } role ? [new VariableUse(role, At) { IsSecret = false }] : (VariableUse[])[],
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<FileUse> Files => JwtPath is { } path ? [new(path, At)] : [];

    /// <summary>Environment variable that holds Vault's URL.</summary>
    public required string AddressEnv { get; init; }

    /// <summary>The namespace. Null for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Path at which the engine is mounted.</summary>
    public required string Mount { get; init; }

    /// <summary>Path of the secret inside of the engine.</summary>
    public required string Path { get; init; }

    /// <summary>Version of the engine: 1 or 2.</summary>
    public required int KvVersion { get; init; }

    /// <summary><c>token</c>, <c>approle</c> or <c>kubernetes</c>.</summary>
    public required string Auth { get; init; }

    /// <summary>Path at which the login is mounted. Null for <c>token</c>.</summary>
    public string? AuthMount { get; init; }

    /// <summary>Environment variable that holds the token. Set for <c>token</c> alone.</summary>
    public string? TokenEnv { get; init; }

    /// <summary>Environment variable that holds the role's id. Set for <c>approle</c> alone.</summary>
    public string? RoleIdEnv { get; init; }

    /// <summary>Environment variable that holds the secret id. Set for <c>approle</c> alone.</summary>
    public string? SecretIdEnv { get; init; }

    /// <summary>The role. Set for <c>kubernetes</c> alone.</summary>
    public string? Role { get; init; }

    /// <summary>File that holds the token of the service account. Set for <c>kubernetes</c> alone.</summary>
    public string? JwtPath { get; init; }
}
