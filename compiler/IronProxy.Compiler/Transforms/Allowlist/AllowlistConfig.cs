using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Allowlist;

/// <summary>Lets requests through that match an entry, and denies all others.</summary>
internal sealed record AllowlistConfig : ConfigRecord
{
    /// <summary>Host patterns that are allowed with every method and path.</summary>
    [Key("domains")]
    public LocatedList<Located<string>>? Domains { get; init; }

    /// <summary>Networks that are allowed with every method and path, for hosts that are literal addresses.</summary>
    [Key("cidrs")]
    public LocatedList<Located<string>>? Cidrs { get; init; }

    /// <summary>Rules that can restrict methods and paths.</summary>
    [Key("rules")]
    public LocatedList<AllowlistRuleConfig>? Rules { get; init; }

    /// <summary>Whether violations are recorded instead of blocked.</summary>
    [Key("warn", Default = false)]
    public Located<bool>? Warn { get; init; }
}
