using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>Sets a header or a query parameter. Exactly one of the two is named.</summary>
internal sealed record InjectConfig : ConfigRecord
{
    /// <summary>Header to set, with the letter case in which it is sent over HTTP/1.1.</summary>
    [Key("header")]
    public Located<string>? Header { get; init; }

    /// <summary>Query parameter to set.</summary>
    [Key("query_param")]
    public Located<string>? QueryParam { get; init; }

    /// <summary>Go template of the header's value, with .Value and base64, such as Bearer {{ .Value }}.</summary>
    [Key("formatter")]
    public Located<string>? Formatter { get; init; }
}
