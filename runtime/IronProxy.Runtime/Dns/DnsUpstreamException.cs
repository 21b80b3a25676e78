namespace IronProxy.Runtime.Dns;

/// <summary>No name server gave a usable answer.</summary>
public class DnsUpstreamException(string message, Exception? inner = null) : Exception(message, inner);
