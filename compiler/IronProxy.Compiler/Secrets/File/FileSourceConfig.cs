using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.File;

/// <summary>Reads a secret from a file, and again while the proxy runs: a file that has changed is used within 20 s. One line break at its end is not part of the value.</summary>
internal sealed record FileSourceConfig : SecretSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [FileSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Path of the file, relative to the proxy's working directory.</summary>
    [Key("path", Required = true)]
    public Located<string>? Path { get; init; }
}
