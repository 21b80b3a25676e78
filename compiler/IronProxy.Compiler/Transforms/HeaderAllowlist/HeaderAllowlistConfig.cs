using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.HeaderAllowlist;

/// <summary>Removes every request header that is not listed. Stands behind the transforms that set headers.</summary>
internal sealed record HeaderAllowlistConfig : ConfigRecord
{
    /// <summary>Header names, and /regular expressions/ over canonical header names, both without regard to case.</summary>
    [Key("headers")]
    public LocatedList<Located<string>>? Headers { get; init; }

    /// <summary>Where the transform acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
