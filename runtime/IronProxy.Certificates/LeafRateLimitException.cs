namespace IronProxy.Certificates;

/// <summary>Too many new names that policy denies asked for a certificate: the handshake is to be dropped.</summary>
public sealed class LeafRateLimitException()
    : Exception("Too many certificates for denied names were asked for in a short time.");
