namespace IronProxy.Runtime.Protocols.WebSocket;

/// <summary>What a frame is (RFC 6455, 11.8). Others mean nothing without an extension.</summary>
internal enum FrameKind : byte
{
    /// <summary>Goes on with the message under way.</summary>
    Continuation = 0,

    /// <summary>Begins a message of text.</summary>
    Text = 1,

    /// <summary>Begins a message of bytes.</summary>
    Binary = 2,

    /// <summary>Ends the WebSocket.</summary>
    Close = 8,

    /// <summary>Asks for a <see cref="Pong"/>.</summary>
    Ping = 9,

    /// <summary>Answers a <see cref="Ping"/>.</summary>
    Pong = 10,
}
