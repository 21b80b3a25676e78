using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Dns;

/// <summary>One static DNS record.</summary>
internal sealed record DnsRecordConfig : ConfigRecord
{
    /// <summary>Name of the type of address records.</summary>
    public const string A = "A";

    /// <summary>Name of the type of alias records.</summary>
    public const string Cname = "CNAME";

    /// <summary>Host name that is asked for.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Type of the record.</summary>
    [Key("type", Required = true, OneOf = [A, Cname])]
    public Located<string>? Type { get; init; }

    /// <summary>An IPv4 address for A, a host name for CNAME.</summary>
    [Key("value", Required = true)]
    public Located<string>? Value { get; init; }
}
