namespace IronProxy.Runtime.Dns;

/// <summary>A host has no address, or none could be found out.</summary>
public sealed class HostUnresolvedException(string message, Exception? inner = null) : Exception(message, inner);
