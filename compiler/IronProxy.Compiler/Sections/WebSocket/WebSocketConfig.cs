using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.WebSocket;

/// <summary>How open WebSockets are treated.</summary>
internal sealed record WebSocketConfig : ConfigRecord
{
    /// <summary>Reads the messages of WebSockets: values of scrub_responses are taken out of what comes back, and placeholders of match_body are swapped in what is sent. No extension, such as compression, is agreed on then. See docs/scrubbing.md.</summary>
    [Key("inspect", Default = false)]
    public Located<bool>? Inspect { get; init; }
}
