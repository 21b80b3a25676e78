namespace IronProxy.Runtime.Protocols.Tls;

/// <summary>Why a handshake is refused, in the numbers of RFC 8446, 6.2.</summary>
public enum TlsAlert : byte
{
    /// <summary>No parameters that both sides take.</summary>
    HandshakeFailure = 40,

    /// <summary>Policy does not let the client get where it wants to.</summary>
    AccessDenied = 49,

    /// <summary>The first message is malformed.</summary>
    DecodeError = 50,

    /// <summary>Something else than the client's doing.</summary>
    InternalError = 80,

    /// <summary>The client names no server.</summary>
    MissingExtension = 109,

    /// <summary>There is no certificate for the server name.</summary>
    UnrecognizedName = 112,

    /// <summary>None of the protocols that were offered.</summary>
    NoApplicationProtocol = 120,
}

/// <summary>Alerts before there are keys: a record of their own, in plain.</summary>
public static class TlsAlertRecord
{
    private const byte Alert = 21;
    private const byte Fatal = 2;

    /// <summary>Writes a fatal alert.</summary>
    public static byte[] Create(TlsAlert alert) => [Alert, 3, 3, 0, 2, Fatal, (byte)alert];
}
