using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Transforms.JsonRpc;

/// <summary>A method that may be called. Of several entries with one name any may allow a call.</summary>
internal sealed record JsonRpcMethodConfig : ConfigRecord
{
    /// <summary>Name of the method, such as eth_call.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>What is asked of the parameters. All must hold. Paths begin in params: 0.to is the member to of the first.</summary>
    [Key("when")]
    public LocatedList<MatcherConfig>? When { get; init; }
}
