using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>What may be used of MCP servers. It is asked behind the transforms, and denies what is not listed.</summary>
internal sealed record McpConfig : ConfigRecord
{
    /// <summary>What a denied call is answered with.</summary>
    [Key("error")]
    public JsonRpcErrorConfig? Error { get; init; }

    /// <summary>The servers.</summary>
    [Key("servers")]
    public LocatedList<McpServerConfig>? Servers { get; init; }
}
