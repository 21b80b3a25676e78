namespace IronProxy.Pipeline;

/// <summary>A secret has no value that may still be used. The message is for the operator and never holds a value.</summary>
public sealed class SecretUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
