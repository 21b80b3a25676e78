namespace IronProxy.Runtime;

/// <summary>A state file cannot be used. The message is the end of a sentence about it that says what to do, without its content.</summary>
public sealed class StateFileException(string message, Exception? inner = null) : Exception(message, inner);
