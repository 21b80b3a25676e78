using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>A resource that may be read and watched.</summary>
internal sealed record McpResourceConfig : ConfigRecord
{
    /// <summary>Its URI, such as file:///docs/guide.md. A * at the end stands for more of it, without "..", escapes and backslashes.</summary>
    [Key("uri", Required = true)]
    public Located<string>? Uri { get; init; }
}
