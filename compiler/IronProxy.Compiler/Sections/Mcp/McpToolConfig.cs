using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>A tool that may be called. Of several entries with one name any may allow a call.</summary>
internal sealed record McpToolConfig : ConfigRecord
{
    /// <summary>Name of the tool.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>What is asked of the arguments. All must hold.</summary>
    [Key("when")]
    public LocatedList<MatcherConfig>? When { get; init; }
}
