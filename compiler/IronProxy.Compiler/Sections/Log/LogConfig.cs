using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Log;

/// <summary>Log output.</summary>
internal sealed record LogConfig : ConfigRecord
{
    /// <summary>The least level that is logged.</summary>
    [Key("level", Default = "info", OneOf = ["debug", "info", "warn", "error"])]
    public Located<string>? Level { get; init; }
}
