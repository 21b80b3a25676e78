using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.VaultKv;

/// <summary>Lowers a source in Vault.</summary>
internal static class VaultKvSourceLowering
{
    public const long DefaultKvVersion = 2;
    public const string DefaultMount = "secret";
    public const string DefaultAddressEnv = "VAULT_ADDR";
    public const string DefaultTokenEnv = "VAULT_TOKEN";
    public const string DefaultRoleIdEnv = "VAULT_ROLE_ID";
    public const string DefaultSecretIdEnv = "VAULT_SECRET_ID";
    public const string DefaultJwtPath = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    public static VaultKvSourcePlan Lower(VaultKvSourceConfig config, LoweringContext context)
    {
        var auth = config.Auth?.Value ?? VaultKvSourcePlan.Token;
        return new()
        {
            AddressEnv = config.AddressEnv?.Value ?? DefaultAddressEnv,
            Namespace = config.Namespace?.Value,
            Mount = config.Mount?.Value ?? DefaultMount,
            Path = config.Path.Checked().Value,
            KvVersion = (int)(config.KvVersion?.Value ?? DefaultKvVersion),
            Auth = auth,
            AuthMount = auth == VaultKvSourcePlan.Token ? null : config.AuthMount?.Value ?? auth,
            TokenEnv = auth == VaultKvSourcePlan.Token ? config.TokenEnv?.Value ?? DefaultTokenEnv : null,
            RoleIdEnv = auth == VaultKvSourcePlan.AppRole ? config.RoleIdEnv?.Value ?? DefaultRoleIdEnv : null,
            SecretIdEnv = auth == VaultKvSourcePlan.AppRole ? config.SecretIdEnv?.Value ?? DefaultSecretIdEnv : null,
            Role = config.Role?.Value,
            JwtPath = auth == VaultKvSourcePlan.Kubernetes ? config.JwtPath?.Value ?? DefaultJwtPath : null,
            TtlMs = StoreSourceLowering.Ttl(config, context),
            FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
            At = config.At,
        };
    }
}
