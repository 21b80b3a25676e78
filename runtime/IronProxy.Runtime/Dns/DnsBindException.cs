namespace IronProxy.Runtime.Dns;

/// <summary>The DNS server's address cannot be bound. The message is for the operator and is one sentence.</summary>
public sealed class DnsBindException(string message, Exception inner) : Exception(message, inner);
