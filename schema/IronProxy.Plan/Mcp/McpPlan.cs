using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>What may be used of MCP servers.</summary>
public sealed record McpPlan
{
    /// <summary>What a denied call is answered with.</summary>
    public required JsonRpcErrorPlan Error { get; init; }

    /// <summary>The servers, in the order of the file.</summary>
    public required ImmutableArray<McpServerPlan> Servers { get; init; }
}

/// <summary>One MCP server: where it is, and the tools that may be called there. All others are denied.</summary>
public sealed record McpServerPlan
{
    /// <summary>Name for audit records.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the rule set that says which requests go to the server.</summary>
    public required int Rules { get; init; }

    /// <summary>
    /// URL that the requests are sent to in the place of their own: its scheme, host and port, and its path if it has one; the query stays. Null sends them where they ask for.
    /// </summary>
    public string? Upstream { get; init; }

    /// <summary>The tools. A call is allowed when any entry of its name allows it.</summary>
    public required ImmutableArray<AllowedEntryPlan> Tools { get; init; }

    /// <summary>The prompts that may be used. Null when nobody asks: such a plan has the bytes that it had before there was a choice.</summary>
    public ImmutableArray<AllowedEntryPlan>? Prompts { get; init; }

    /// <summary>The resources that may be read, by their URIs; a <c>*</c> at the end of a name stands for more of it. Null when nobody asks.</summary>
    public ImmutableArray<AllowedEntryPlan>? Resources { get; init; }

    /// <summary>What the server may ask the client's model; any entry allows a question. Null when nobody asks.</summary>
    public ImmutableArray<AllowedEntryPlan>? Sampling { get; init; }

    /// <summary>All entries, of each kind.</summary>
    [JsonIgnore]
    public IEnumerable<AllowedEntryPlan> Entries => [.. Tools, .. Prompts ?? [], .. Resources ?? [], .. Sampling ?? []];

    /// <summary>Where the server is written.</summary>
    public required SourcePosition At { get; init; }
}
