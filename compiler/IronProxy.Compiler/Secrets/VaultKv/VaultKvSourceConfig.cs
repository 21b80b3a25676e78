using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.VaultKv;

/// <summary>Reads a secret from the KV engine of HashiCorp Vault, or of OpenBao. What is there is a JSON object; json_key takes one member.</summary>
internal sealed record VaultKvSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [VaultKvSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Path of the secret inside of the engine, such as apps/agent.</summary>
    [Key("path", Required = true)]
    public Located<string>? Path { get; init; }

    /// <summary>Path at which the KV engine is mounted.</summary>
    [Key("mount", Default = VaultKvSourceLowering.DefaultMount)]
    public Located<string>? Mount { get; init; }

    /// <summary>Version of the KV engine.</summary>
    [Key("kv_version", Minimum = 1, Maximum = VaultKvSourceLowering.DefaultKvVersion, Default = VaultKvSourceLowering.DefaultKvVersion)]
    public Located<long>? KvVersion { get; init; }

    /// <summary>Namespace (Vault Enterprise, OpenBao). None when absent.</summary>
    [Key("namespace")]
    public Located<string>? Namespace { get; init; }

    /// <summary>Environment variable that holds Vault's URL.</summary>
    [Key("address_env", Default = VaultKvSourceLowering.DefaultAddressEnv)]
    public Located<string>? AddressEnv { get; init; }

    /// <summary>How the proxy logs in.</summary>
    [Key("auth", OneOf = [VaultKvSourcePlan.Token, VaultKvSourcePlan.AppRole, VaultKvSourcePlan.Kubernetes], Default = VaultKvSourcePlan.Token)]
    public Located<string>? Auth { get; init; }

    /// <summary>Path at which the method of login is mounted. Its name when absent.</summary>
    [Key("auth_mount")]
    public Located<string>? AuthMount { get; init; }

    /// <summary>Environment variable that holds the token, for the login token.</summary>
    [Key("token_env", Default = VaultKvSourceLowering.DefaultTokenEnv)]
    public Located<string>? TokenEnv { get; init; }

    /// <summary>Environment variable that holds the role's id, for the login approle.</summary>
    [Key("role_id_env", Default = VaultKvSourceLowering.DefaultRoleIdEnv)]
    public Located<string>? RoleIdEnv { get; init; }

    /// <summary>Environment variable that holds the secret id, for the login approle.</summary>
    [Key("secret_id_env", Default = VaultKvSourceLowering.DefaultSecretIdEnv)]
    public Located<string>? SecretIdEnv { get; init; }

    /// <summary>The role, for the login kubernetes, which needs it.</summary>
    [Key("role")]
    public Located<string>? Role { get; init; }

    /// <summary>File that holds the token of the service account, for the login kubernetes.</summary>
    [Key("jwt_path", Default = VaultKvSourceLowering.DefaultJwtPath)]
    public Located<string>? JwtPath { get; init; }
}
