using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Secrets;

/// <summary>The secrets of a policy. They are read before it starts, and again while it runs.</summary>
/// <param name="reader">Reads them.</param>
/// <param name="metrics">What counts.</param>
/// <param name="logger">Where it is said that one cannot be read any more.</param>
/// <param name="time">The clock.</param>
internal sealed partial class SecretStore(SecretReader reader, ProxyMetrics metrics, ILogger<SecretStore> logger, TimeProvider time)
{
    private readonly List<LiveSecret> _secrets = [];

    /// <summary>Adds an entry. Nothing is read yet.</summary>
    public ILiveSecret Add(SecretPlan plan)
    {
        var secret = new LiveSecret(plan, reader.Lifetime(plan), cancellation => reader.PrepareAsync(plan, cancellation), ReadAgain, time);
        _secrets.Add(secret);
        return secret;
    }

    /// <summary>Reads all of them for the first time.</summary>
    /// <exception cref="StartupException">One cannot be read; the message says which, and never holds a value.</exception>
    public async Task ReadAllAsync(CancellationToken cancellation)
    {
        var reading = _secrets.ConvertAll(s => s.StartAsync(cancellation));
        foreach (var read in reading)
        {
            await read.ConfigureAwait(false); // The first in the order of the file is the one that is named.
        }
    }

    private void ReadAgain(SecretPlan plan, StartupException? failure)
    {
        metrics.ReadSecretAgain(succeeded: failure is null);
        if (failure is not null)
        {
            LogFailure(plan.Name, failure.Message);
        }
    }

    [LoggerMessage(EventId = 200, Level = LogLevel.Warning, Message = "the secret {secret} could not be read again, and its last value is used: {failure}")]
    private partial void LogFailure(string secret, string failure);
}
