using System.Collections.Immutable;
using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>What tools of MCP servers may be called.</summary>
public sealed record McpPlan
{
    /// <summary>What a denied call is answered with.</summary>
    public required McpErrorPlan Error { get; init; }

    /// <summary>The servers, in the order of the file.</summary>
    public required ImmutableArray<McpServerPlan> Servers { get; init; }
}

/// <summary>The JSON-RPC error of a denied call.</summary>
/// <param name="Code">Error code.</param>
/// <param name="Message">Error message.</param>
public sealed record McpErrorPlan(int Code, string Message);

/// <summary>One MCP server: where it is, and the tools that may be called there. All others are denied.</summary>
public sealed record McpServerPlan
{
    /// <summary>Name for audit records.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the rule set that says which requests go to the server.</summary>
    public required int Rules { get; init; }

    /// <summary>The tools. A call is allowed when any entry of its name allows it.</summary>
    public required ImmutableArray<McpToolPlan> Tools { get; init; }

    /// <summary>Where the server is written.</summary>
    public required SourcePosition At { get; init; }
}

/// <summary>A tool that may be called.</summary>
public sealed record McpToolPlan
{
    /// <summary>Name of the tool.</summary>
    public required string Name { get; init; }

    /// <summary>What is asked of the arguments. All must hold.</summary>
    public required ImmutableArray<McpMatcherPlan> When { get; init; }

    /// <summary>Where the tool is written.</summary>
    public required SourcePosition At { get; init; }
}

/// <summary>What is asked of one argument. Exactly one of the last two members is set.</summary>
public sealed record McpMatcherPlan
{
    /// <summary>The members that lead to the argument.</summary>
    public required ImmutableArray<string> Path { get; init; }

    /// <summary>The values that the argument may have, as JSON.</summary>
    public ImmutableArray<JsonElement>? In { get; init; }

    /// <summary>Regular expression for .NET's non-backtracking engine, searched in the argument as text.</summary>
    public string? Matches { get; init; }

    /// <summary>Where the matcher is written.</summary>
    public required SourcePosition At { get; init; }
}
