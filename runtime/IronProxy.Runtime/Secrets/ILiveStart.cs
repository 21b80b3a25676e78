namespace IronProxy.Runtime.Secrets;

/// <summary>What is read before a policy starts.</summary>
internal interface ILiveStart
{
    /// <summary>Reads it for the first time.</summary>
    /// <exception cref="StartupException">It cannot be read.</exception>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>How it is doing.</summary>
    /// <param name="source">The type of its source.</param>
    SecretHealth HealthOf(string source);
}
