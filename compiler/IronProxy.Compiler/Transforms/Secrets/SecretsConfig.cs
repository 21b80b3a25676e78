using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>Puts real credentials into requests at the boundary, so that workloads never hold them.</summary>
internal sealed record SecretsConfig : ConfigRecord
{
    /// <summary>The secret entries. Each acts on its own.</summary>
    [Key("secrets")]
    public LocatedList<SecretConfig>? Secrets { get; init; }
}
