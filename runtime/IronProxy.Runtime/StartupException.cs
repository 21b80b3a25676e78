namespace IronProxy.Runtime;

/// <summary>The proxy cannot start. The message is for the operator: one clear sentence without a secret.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
