namespace IronProxy.Runtime.Secrets;

/// <summary>Reads one secret from where the plan says. Making one reads nothing.</summary>
internal interface ISecretSource
{
    /// <summary>How long a value may be used before it is read again; null when it never changes.</summary>
    TimeSpan? Lifetime { get; }

    /// <summary>Reads the value, before <c>json_key</c> is applied.</summary>
    /// <exception cref="StartupException">The value is not there; the message names the place and never the value.</exception>
    ValueTask<string> ReadAsync(CancellationToken cancellation);
}
