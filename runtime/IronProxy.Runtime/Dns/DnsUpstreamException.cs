namespace IronProxy.Runtime.Dns;

/// <summary>The upstream resolver gave no usable answer.</summary>
public sealed class DnsUpstreamException(string message, Exception? inner = null) : Exception(message, inner);
