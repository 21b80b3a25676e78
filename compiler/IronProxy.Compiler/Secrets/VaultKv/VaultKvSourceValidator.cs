using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.VaultKv;

/// <summary>Checks a source in Vault.</summary>
internal static class VaultKvSourceValidator
{
    /// <summary>The keys that belong to one login alone.</summary>
    private static readonly (string Key, string Auth)[] KeysOfLogins =
    [
        ("token_env", VaultKvSourcePlan.Token), ("role_id_env", VaultKvSourcePlan.AppRole), ("secret_id_env", VaultKvSourcePlan.AppRole),
        ("role", VaultKvSourcePlan.Kubernetes), ("jwt_path", VaultKvSourcePlan.Kubernetes),
    ];

    public static void Validate(VaultKvSourceConfig config, ValidationContext context)
    {
        RequirePath(config.Path, "the path of the secret", context);
        RequirePath(config.Mount, "the path of the engine", context);
        RequirePath(config.AuthMount, "the path of the login", context);
        RequirePath(config.Namespace, "the namespace", context);
        foreach (var (variable, what) in ((Located<string>?, string)[])[
            (config.AddressEnv, "the name of the URL's variable"), (config.TokenEnv, "the name of the token's variable"),
            (config.RoleIdEnv, "the name of the role id's variable"), (config.SecretIdEnv, "the name of the secret id's variable")])
        {
            if (variable is { } name)
            {
                context.RequireVariable(name, what);
            }
        }

        foreach (var (text, what) in ((Located<string>?, string)[])[(config.Role, "the role"), (config.JwtPath, "the path")])
        {
            if (text is { } given)
            {
                context.RequireText(given, what);
            }
        }

        StoreSourceValidator.Validate(config, context);

        if (!context.Structure.IsBroken(config))
        {
            ValidateLogin(config, config.Auth?.Value ?? VaultKvSourcePlan.Token, context);
        }
    }

    private static void ValidateLogin(VaultKvSourceConfig config, string auth, ValidationContext context)
    {
        foreach (var (key, _) in KeysOfLogins.Where(k => k.Auth != auth && config.Has(k.Key)))
        {
            context.Bag.CredentialUnused(config.KeySpan(key), key, "login " + auth);
        }

        if (auth == VaultKvSourcePlan.Token && config.Has("auth_mount"))
        {
            context.Bag.CredentialUnused(config.KeySpan("auth_mount"), "auth_mount", "login " + auth);
        }

        if (auth == VaultKvSourcePlan.Kubernetes && !config.Has("role"))
        {
            context.Bag.CredentialMissing(config.KeySpan("auth"), "role", "login " + auth);
        }
    }

    /// <summary>It becomes a part of a URL, and what Vault would read as another one is a slip.</summary>
    private static void RequirePath(Located<string>? path, string what, ValidationContext context)
    {
        if (path is { } text && context.RequireText(text, what) && text.Value.Split('/').Any(s => s is "" or "." or ".."))
        {
            context.Bag.VaultPathInvalid(text.Span, text.Value);
        }
    }
}
