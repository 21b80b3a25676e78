using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Secrets;

/// <summary>What all secret sources have in common.</summary>
internal abstract record SecretSourceConfig : ConfigRecord
{
    /// <summary>When set, the value is parsed as a JSON object and this member is used.</summary>
    [Key("json_key")]
    public Located<string>? JsonKey { get; init; }
}
