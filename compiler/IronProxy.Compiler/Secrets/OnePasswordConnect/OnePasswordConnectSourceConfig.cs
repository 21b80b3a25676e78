using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.OnePasswordConnect;

/// <summary>Reads a field of a 1Password item, through a Connect server of your own.</summary>
internal sealed record OnePasswordConnectSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [OnePasswordConnectSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>The field, as op://vault/item/[section/]field.</summary>
    [Key("secret_ref", Required = true)]
    public Located<string>? SecretRef { get; init; }

    /// <summary>Environment variable that holds the server's URL.</summary>
    [Key("host_env", Default = "OP_CONNECT_HOST")]
    public Located<string>? HostEnv { get; init; }

    /// <summary>Environment variable that holds the server's API token.</summary>
    [Key("token_env", Default = "OP_CONNECT_TOKEN")]
    public Located<string>? TokenEnv { get; init; }
}
