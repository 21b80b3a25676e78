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

    /// <summary>
    /// URL of the server, when it is elsewhere than requests ask for: scheme, host and port take the place of theirs, and so does its path unless that is <c>/</c>. It has no query; that of the request stays.
    /// </summary>
    [Key("upstream")]
    public Located<string>? Upstream { get; init; }

    /// <summary>The tools that may be called. All others are denied.</summary>
    [Key("tools")]
    public LocatedList<McpToolConfig>? Tools { get; init; }

    /// <summary>The prompts that may be used. All others are denied; without this list any may be used.</summary>
    [Key("prompts")]
    public LocatedList<McpPromptConfig>? Prompts { get; init; }

    /// <summary>The resources that may be read and watched. All others are denied; without this list any may be.</summary>
    [Key("resources")]
    public LocatedList<McpResourceConfig>? Resources { get; init; }

    /// <summary>What the server may ask the model of the agent (sampling/createMessage). Any entry allows a question, and all others are denied; without this list anything may be asked.</summary>
    [Key("sampling")]
    public LocatedList<McpSamplingConfig>? Sampling { get; init; }
}
