namespace IronProxy.Pipeline;

/// <summary>A secret has no value that may still be used. The message is for the operator and never holds a value.</summary>
public sealed class SecretUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Which one, by its key in proxy.yaml, where several belong together; null where there is one.</summary>
    public string? Key { get; init; }
}
