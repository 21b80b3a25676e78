using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.Env;

/// <summary>Reads a secret from an environment variable of the proxy process.</summary>
internal sealed record EnvSourceConfig : SecretSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [EnvSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Name of the variable.</summary>
    [Key("var", Required = true)]
    public Located<string>? Var { get; init; }
}
