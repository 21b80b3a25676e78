using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.GcpSm;

/// <summary>Reads a secret from Google Secret Manager, with the identity of the machine that the proxy runs on.</summary>
internal sealed record GcpSmSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [GcpSmSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Name of the secret, as projects/PROJECT/secrets/NAME, and /versions/VERSION behind it for another one than the latest.</summary>
    [Key("secret_id", Required = true)]
    public Located<string>? SecretId { get; init; }
}
