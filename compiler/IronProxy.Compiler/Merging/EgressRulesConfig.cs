using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Merging;

/// <summary>A file of egress rules: what an allowlist lets through, in the lists of one.</summary>
internal sealed record EgressRulesConfig : ConfigRecord
{
    /// <summary>Host patterns that are allowed with every method and path.</summary>
    [Key("domains")]
    public LocatedList<Located<string>>? Domains { get; init; }

    /// <summary>Networks that are allowed with every method and path, for hosts that are literal addresses.</summary>
    [Key("cidrs")]
    public LocatedList<Located<string>>? Cidrs { get; init; }

    /// <summary>Rules that can restrict methods and paths. Their host may be called domain.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
