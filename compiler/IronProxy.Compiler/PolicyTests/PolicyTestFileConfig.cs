using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>A file of tests for a policy, which <c>ironc test</c> runs.</summary>
internal sealed record PolicyTestFileConfig : ConfigRecord
{
    /// <summary>The proxy.yaml or compiled plan that is tested, relative to this file.</summary>
    [Key("policy", Required = true)]
    public Located<string>? Policy { get; init; }

    /// <summary>The tests.</summary>
    [Key("tests", Required = true)]
    public LocatedList<PolicyTestConfig>? Tests { get; init; }
}
