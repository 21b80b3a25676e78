using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>The answer about a body.</summary>
/// <param name="Denial">Null when the body may go on.</param>
/// <param name="Messages">Its messages. Empty when it is malformed.</param>
/// <param name="IsBatch">Whether they came in a list.</param>
public sealed record McpDecision(Reason? Denial, ImmutableArray<McpMessage> Messages, bool IsBatch = false)
{
    /// <summary>The body is no message, or could be read as another one.</summary>
    public static McpDecision Malformed { get; } = new(Reason.MalformedMcp, []);
}

/// <summary>One JSON-RPC message.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Method">The method. Null for an answer.</param>
/// <param name="Id">Its id, as JSON. Null without one.</param>
/// <param name="Call">The use of something that is on a list. Null for any other message: those pass.</param>
public sealed record McpMessage(JsonRpcMessageType Type, string? Method, string? Id, McpCall? Call);

/// <summary>The answer about the call of a tool, or about another use.</summary>
/// <param name="Kind">What is used.</param>
/// <param name="Name">Its name.</param>
/// <param name="Entries">The entries of that name, in the order of the file, up to the one that allows the use.</param>
public sealed record McpCall(McpKind Kind, string Name, ImmutableArray<EntryAnswer> Entries)
{
    /// <summary>Whether it may go on.</summary>
    public bool Allowed => !Entries.IsEmpty && Entries[^1].Allows;
}

/// <summary>What headers say that a body is (SEP-2243, in MCP since 2026-07-28). Servers and what stands before them may go by either.</summary>
/// <param name="Method">Mcp-Method; null without it.</param>
/// <param name="Name">Mcp-Name; null without it.</param>
public readonly record struct McpHeaders(string? Method, string? Name);

/// <summary>What becomes of messages of a server.</summary>
/// <param name="Replacement">What is sent in their place; null when they are sent as they came.</param>
/// <param name="Messages">Each of them.</param>
public sealed record McpReceipt(byte[]? Replacement, ImmutableArray<McpReceivedMessage> Messages);

/// <summary>One message of a server.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Method">Its method, where MCP has that; null for answers, and for what a server has made up.</param>
/// <param name="Filtered">How many items of a list were taken out.</param>
/// <param name="Denied">Whether it asks the client's model what may not be asked, so that something else stands in its place.</param>
public sealed record McpReceivedMessage(JsonRpcMessageType Type, string? Method, int Filtered, bool Denied);
