namespace IronProxy.Runtime.Protocols.WebSocket;

/// <summary>Why a WebSocket is ended (RFC 6455, 7.4.1): what the proxy says itself.</summary>
internal enum CloseCode : ushort
{
    /// <summary>What came was no WebSocket's.</summary>
    ProtocolError = 1002,

    /// <summary>The policy does not let a message through.</summary>
    PolicyViolation = 1008,

    /// <summary>A message is too long to be held.</summary>
    MessageTooBig = 1009,

    /// <summary>What is needed to go on is missing.</summary>
    InternalError = 1011,
}
