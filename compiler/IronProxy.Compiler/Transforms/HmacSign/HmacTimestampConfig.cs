using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>How the timestamp is written.</summary>
internal sealed record HmacTimestampConfig : ConfigRecord
{
    /// <summary>Unix time in a unit, or RFC 3339.</summary>
    [Key("format", Required = true, OneOf = ["unix_seconds", "unix_millis", "unix_nanos", "rfc3339"])]
    public Located<string>? Format { get; init; }
}
