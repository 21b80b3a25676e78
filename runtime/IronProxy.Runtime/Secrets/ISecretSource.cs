namespace IronProxy.Runtime.Secrets;

/// <summary>Reads one secret from where the plan says. Making one reads nothing.</summary>
internal interface ISecretSource
{
    /// <summary>Reads the value, before <c>json_key</c> is applied.</summary>
    /// <exception cref="StartupException">The value is not there; the message names the place and never the value.</exception>
    ValueTask<string> ReadAsync(CancellationToken cancellation);
}
