using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>One MCP server.</summary>
internal sealed record McpServerConfig : ConfigRecord
{
    /// <summary>Name for audit records. No two servers share one.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Which requests go to the server. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>The tools that may be called. All others are denied.</summary>
    [Key("tools")]
    public LocatedList<McpToolConfig>? Tools { get; init; }
}
