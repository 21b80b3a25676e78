using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms;

/// <summary>One transform: its name, and settings whose keys depend on the name.</summary>
internal sealed record TransformConfig : ConfigRecord
{
    private YamlMapping? _empty;

    /// <summary>Name of the transform.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Settings of the transform.</summary>
    [Key("config")]
    public YamlMapping? Config { get; init; }

    /// <summary>The settings; empty ones when there are none, or when they were reported as no mapping.</summary>
    public YamlMapping EffectiveConfig => Config ?? (_empty ??= new YamlMapping(Span));
}
