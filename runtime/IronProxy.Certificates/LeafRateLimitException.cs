namespace IronProxy.Certificates;

/// <summary>Too many new names asked for a certificate: the handshake is to be dropped.</summary>
public sealed class LeafRateLimitException()
    : Exception("Too many certificates for new names were asked for in a short time.");
