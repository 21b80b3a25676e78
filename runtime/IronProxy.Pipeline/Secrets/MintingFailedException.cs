namespace IronProxy.Pipeline;

/// <summary>A token could not be made. The message is the end of a sentence about it, and repeats nothing of what was sent or received.</summary>
public sealed class MintingFailedException(string message, Exception? inner = null) : Exception(message, inner);
