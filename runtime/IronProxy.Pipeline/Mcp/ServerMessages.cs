using IronProxy.Plan;

namespace IronProxy.Pipeline.Mcp;

/// <summary>The messages of one response, as they come: filters and records them.</summary>
/// <param name="request">What they answer.</param>
/// <param name="server">The server that they come from.</param>
internal sealed class ServerMessages(RequestContext request, McpServerPlan server)
{
    /// <summary>Filters a body, or the data of an event.</summary>
    /// <returns>Whether it could be read, and what is sent in its place; null when it is sent as it came.</returns>
    public (bool Readable, byte[]? Replacement) Filter(ReadOnlyMemory<byte> bytes)
    {
        var record = request.Record.Mcp!; // Its request was recorded.
        if (request.Policy.Mcp!.Filter(server, bytes) is not { } receipt) // The policy has judged its request.
        {
            record.Add(new McpMessageRecord { FromServer = true, Denied = true, Reason = Reason.MalformedMcpResponse });
            return (false, null);
        }

        foreach (var message in receipt.Messages)
        {
            record.Add(new McpMessageRecord { FromServer = true, Type = message.Type, Method = message.Method, Filtered = message.Filtered, Denied = message.Denied });
        }

        return (true, receipt.Replacement);
    }
}
