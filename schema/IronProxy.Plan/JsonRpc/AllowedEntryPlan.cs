using System.Collections.Immutable;
using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>Something that may be used or called: a tool, a prompt or a resource of MCP, or a method of JSON-RPC.</summary>
public sealed record AllowedEntryPlan
{
    /// <summary>Its name; the URI of a resource; <see cref="McpSampling.Method"/> for a question to the model.</summary>
    public required string Name { get; init; }

    /// <summary>What is asked of the arguments. All must hold.</summary>
    public required ImmutableArray<ArgumentMatcherPlan> When { get; init; }

    /// <summary>Where the entry is written.</summary>
    public required SourcePosition At { get; init; }
}

/// <summary>What is asked of one argument. Exactly one of the last two members is set.</summary>
public sealed record ArgumentMatcherPlan
{
    /// <summary>The members that lead to the argument; a number leads into a list, too.</summary>
    public required ImmutableArray<string> Path { get; init; }

    /// <summary>The values that the argument may have, as JSON.</summary>
    public ImmutableArray<JsonElement>? In { get; init; }

    /// <summary>Regular expression for .NET's non-backtracking engine, searched in the argument as text.</summary>
    public string? Matches { get; init; }

    /// <summary>Where the matcher is written.</summary>
    public required SourcePosition At { get; init; }
}
