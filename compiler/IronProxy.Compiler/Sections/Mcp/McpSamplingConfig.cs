using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>Questions that an MCP server may ask the model of the agent.</summary>
internal sealed record McpSamplingConfig : ConfigRecord
{
    /// <summary>What is asked of the parameters, such as maxTokens, systemPrompt or messages.0.content.text. All must hold; without it any question is allowed.</summary>
    [Key("when")]
    public LocatedList<MatcherConfig>? When { get; init; }
}
