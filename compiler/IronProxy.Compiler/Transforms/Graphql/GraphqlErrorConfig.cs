using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Graphql;

/// <summary>The error of a denied operation. Its code is FORBIDDEN.</summary>
internal sealed record GraphqlErrorConfig : ConfigRecord
{
    /// <summary>Error message.</summary>
    [Key("message", Default = "blocked by iron-proxy policy")]
    public Located<string>? Message { get; init; }
}
