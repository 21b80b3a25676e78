using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Rules;

/// <summary>One rule: a host pattern or a network, with optional methods and paths.</summary>
internal sealed record RuleConfig : ConfigRecord
{
    /// <summary>Host pattern: a name, *.name for the name and everything below it, * for every host, or a glob such as db-*.corp.example. Excludes cidr.</summary>
    [Key("host")]
    public Located<string>? Host { get; init; }

    /// <summary>Network, for hosts that are literal addresses. Excludes host.</summary>
    [Key("cidr")]
    public Located<string>? Cidr { get; init; }

    /// <summary>HTTP methods. Absent or ["*"] allows all.</summary>
    [Key("methods")]
    public LocatedList<Located<string>>? Methods { get; init; }

    /// <summary>Path patterns, such as /v1/*. Absent allows all.</summary>
    [Key("paths")]
    public LocatedList<Located<string>>? Paths { get; init; }
}
