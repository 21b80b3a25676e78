using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Secrets;

/// <summary>What all secret sources have in common that are asked over a network or by a command.</summary>
internal abstract record StoreSourceConfig : SecretSourceConfig
{
    /// <summary>How often the value is read again, such as 15m. 0 reads it once, at the start.</summary>
    [Key("ttl", Default = "0")]
    public Located<string>? Ttl { get; init; }

    /// <summary>How long nobody tries again behind a reading that failed, such as 30s; the last value is used meanwhile. Needs ttl.</summary>
    [Key("failure_ttl", Default = "2s")]
    public Located<string>? FailureTtl { get; init; }
}
