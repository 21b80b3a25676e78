using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.JsonRpc;

/// <summary>Lets through calls of those JSON-RPC methods that are listed. All others are denied.</summary>
internal sealed record JsonRpcConfig : ConfigRecord
{
    /// <summary>Name for audit records.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Which requests are calls, by hosts and paths. At least one rule; methods are left out, because what comes by another one than POST is refused.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>The methods that may be called. All others are denied.</summary>
    [Key("methods")]
    public LocatedList<JsonRpcMethodConfig>? Methods { get; init; }

    /// <summary>What a denied call is answered with.</summary>
    [Key("error")]
    public JsonRpcErrorConfig? Error { get; init; }
}
