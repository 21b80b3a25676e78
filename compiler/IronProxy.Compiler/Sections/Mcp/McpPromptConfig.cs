using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>A prompt that may be used. Of several entries with one name any may allow it.</summary>
internal sealed record McpPromptConfig : ConfigRecord
{
    /// <summary>Name of the prompt.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>What is asked of the arguments. All must hold.</summary>
    [Key("when")]
    public LocatedList<MatcherConfig>? When { get; init; }
}
