using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Mcp;

/// <summary>What the MCP policy says about a request that goes to one of its servers.</summary>
/// <param name="Server">The server.</param>
/// <param name="Rule">The rule that says so.</param>
public sealed record McpVerdict(McpServerPlan Server, RuleMatch? Rule)
{
    /// <summary>Why it does not go on; null when it does.</summary>
    public Reason? Refusal { get; init; }

    /// <summary>Whether the body is not known, and with it the answer. It is while requests are served.</summary>
    public bool IsUndecided { get; init; }

    /// <summary>Whether a body was read.</summary>
    public bool HasBody { get; init; }

    /// <summary>Its messages, as they are sent. Empty when it is malformed.</summary>
    public ImmutableArray<McpMessage> Messages { get; init; } = [];

    /// <summary>
    /// The same as the workload wrote them, before secrets were put in the places of placeholders: records and answers are made of these. Empty when they cannot be told.
    /// </summary>
    public ImmutableArray<McpMessage> Written { get; init; } = [];

    /// <summary>Whether they came in a list.</summary>
    public bool IsBatch { get; init; }
}
