using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>A header that is set on signed requests.</summary>
internal sealed record HmacHeaderConfig : ConfigRecord
{
    /// <summary>Header name, with the letter case in which it is sent over HTTP/1.1.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Go template of its value, with .Timestamp, .Signature and .Credentials.name.</summary>
    [Key("value", Required = true)]
    public Located<string>? Value { get; init; }
}
