using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.OnePassword;

/// <summary>Reads a field of a 1Password item, through a service account of 1Password.</summary>
internal sealed record OnePasswordSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [OnePasswordSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>The field, as op://vault/item/[section/]field.</summary>
    [Key("secret_ref", Required = true)]
    public Located<string>? SecretRef { get; init; }

    /// <summary>Environment variable that holds the service account's token.</summary>
    [Key("token_env", Default = "OP_SERVICE_ACCOUNT_TOKEN")]
    public Located<string>? TokenEnv { get; init; }
}
