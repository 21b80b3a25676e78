using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Matchers;

/// <summary>The JSON-RPC error of a denied call.</summary>
internal sealed record JsonRpcErrorConfig : ConfigRecord
{
    /// <summary>Error code.</summary>
    [Key("code", Default = -32001L, Minimum = int.MinValue, Maximum = int.MaxValue)]
    public Located<long>? Code { get; init; }

    /// <summary>Error message.</summary>
    [Key("message", Default = "blocked by iron-proxy policy")]
    public Located<string>? Message { get; init; }
}
