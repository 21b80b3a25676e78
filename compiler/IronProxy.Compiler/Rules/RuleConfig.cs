using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Rules;

/// <summary>One rule: a host pattern or a network, with optional methods, paths, ports, schemes and clients.</summary>
internal record RuleConfig : ConfigRecord
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

    /// <summary>Ports that the request may go to. Absent allows all.</summary>
    [Key("ports", Minimum = 1, Maximum = 65535)]
    public LocatedList<Located<long>>? Ports { get; init; }

    /// <summary>Schemes of the request, http and https. Absent allows both. Tunnels are opened whatever the scheme: it shows inside.</summary>
    [Key("schemes", OneOf = [RuleValidator.Http, RuleValidator.Https])]
    public LocatedList<Located<string>>? Schemes { get; init; }

    /// <summary>Clients of proxy.clients whose requests are meant. Absent means everybody's, also of those who are not known.</summary>
    [Key("clients")]
    public LocatedList<Located<string>>? Clients { get; init; }
}
