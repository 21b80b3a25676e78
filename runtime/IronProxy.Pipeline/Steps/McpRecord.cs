using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// What is remembered of the messages to and from an MCP server. When a client has left, the record may be written while a last read ends.
/// </summary>
/// <param name="server">The server's name in proxy.yaml.</param>
/// <param name="upstream">Host and port that the request is sent to, when those are others than it asks for.</param>
public sealed class McpRecord(string server, string? upstream)
{
    /// <summary>A stream can last for days. What comes behind is counted.</summary>
    private const int MaxMessages = 100;

    private const int MaxNameLength = 256;

    private readonly Lock _gate = new();
    private readonly List<McpMessageRecord> _messages = [];
    private long _omitted;

    /// <summary>The server's name in proxy.yaml.</summary>
    public string Server { get; } = server;

    /// <summary>Host and port that the request is sent to in the place of those that it asks for; null when it is sent to those.</summary>
    public string? Upstream { get; } = upstream;

    /// <summary>The messages so far, in the order in which they came, and how many more there were.</summary>
    public (IReadOnlyList<McpMessageRecord> Messages, long Omitted) Read()
    {
        lock (_gate)
        {
            return ([.. _messages], _omitted);
        }
    }

    /// <summary>Adds a message.</summary>
    public void Add(McpMessageRecord message)
    {
        lock (_gate)
        {
            if (_messages.Count == MaxMessages)
            {
                _omitted++;
                return;
            }

            _messages.Add(message with { Method = Short(message.Method), Name = Short(message.Name) });
        }
    }

    private static string? Short(string? text) => text?.Length > MaxNameLength ? text[..MaxNameLength] : text;
}

/// <summary>One message.</summary>
public sealed record McpMessageRecord
{
    /// <summary>Whether it comes from the server.</summary>
    public required bool FromServer { get; init; }

    /// <summary>What it is; null when it could not be read.</summary>
    public JsonRpcMessageType? Type { get; init; }

    /// <summary>Its method, as the workload wrote it; null for an answer, and where it is not known.</summary>
    public string? Method { get; init; }

    /// <summary>What it uses: a tool, a prompt or a resource.</summary>
    public McpKind? Kind { get; init; }

    /// <summary>The name of that, as the workload wrote it.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it did not go on.</summary>
    public bool Denied { get; init; }

    /// <summary>Why not; null also when it was denied with its batch alone.</summary>
    public Reason? Reason { get; init; }

    /// <summary>How many items of a list were taken out of it.</summary>
    public int Filtered { get; init; }
}
