using System.Collections.Immutable;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Secrets;

/// <summary>The secrets of a policy, which are read before it starts, and again while it runs, and the tokens that are made of them when they are needed.</summary>
/// <param name="reader">Reads them.</param>
/// <param name="http">The way to token endpoints.</param>
/// <param name="metrics">What counts.</param>
/// <param name="logger">Where it is said that one cannot be read any more.</param>
/// <param name="time">The clock.</param>
internal sealed partial class SecretStore(SecretReader reader, HttpMessageInvoker http, ProxyMetrics metrics, ILogger<SecretStore> logger, TimeProvider time)
{
    /// <summary>How many secrets that cannot be read are named at a start.</summary>
    private const int MostNamed = 10;

    /// <summary>How long the credentials of the machine are used before the SDK is asked again, which mostly has them at hand.</summary>
    private static readonly TimeSpan IdentityLifetime = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan IdentityPause = TimeSpan.FromSeconds(2);

    private readonly List<(ILiveStart Live, string Source)> _secrets = [];

    /// <summary>Adds an entry of <c>secrets</c>. Nothing is read yet.</summary>
    public ILive<Secret> Add(SecretPlan plan) =>
        Add(new Live<Secret>(plan.Name, plan.At, plan.Source.Lifetime, plan.Source.Pause, cancellation => reader.PrepareAsync(plan, cancellation), ReadAgain, time), plan.Source);

    /// <summary>Adds a credential of a step. Nothing is read yet.</summary>
    /// <param name="plan">The credential.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="findProblem">Why a value cannot be used.</param>
    public ILive<SecretValue> Add(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => Add(plan, step.Title, findProblem);

    /// <summary>Adds a credential. Nothing is read yet.</summary>
    /// <param name="plan">The credential.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="findProblem">Why a value cannot be used.</param>
    public ILive<SecretValue> Add(CredentialPlan plan, string owner, Func<SecretValue, string?> findProblem)
    {
        var name = $"{plan.Name} of {owner}";
        return Add(new Live<SecretValue>(name, plan.Source.At, plan.Source.Lifetime, plan.Source.Pause, ReadAsync, ReadAgain, time), plan.Source);

        async ValueTask<SecretValue> ReadAsync(CancellationToken cancellation)
        {
            var value = await reader.ReadAsync(plan.Source, name, plan.Source.At, cancellation).ConfigureAwait(false);
            return findProblem(value) is { } problem ? throw new StartupException($"The secret {name} of line {plan.Source.At.Line} {problem}.") : value;
        }
    }

    /// <summary>Adds a token. Nothing is minted yet.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="mint">Makes one.</param>
    public ILive<SecretValue> Add(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint)
    {
        var live = new LiveToken(name, at, cancellation => mint(http, cancellation), Minted, time);
        _secrets.Add((live, step.Type));
        return live;
    }

    /// <summary>A variable of the environment; null when it is not set.</summary>
    public string? MachineVariable(string name) => reader.MachineVariable(name);

    /// <summary>Adds a state file. Nothing is read yet.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="at">Where it is written.</param>
    public IStateFile AddStateFile(string path, StepPlan step, SourcePosition at)
    {
        var file = new LiveStateFile(path, at, reader.StateFiles, LogWritingFailure, time);
        _secrets.Add((file, step.Type));
        return file;
    }

    /// <summary>Adds a token that the machine itself gets from Google. Nothing is asked yet.</summary>
    /// <param name="step">Whose it is.</param>
    /// <param name="scopes">What it is for.</param>
    public ILive<SecretValue> Add(StepPlan step, ImmutableArray<string> scopes) =>
        Add($"token of {step.Title}", step, step.At, (way, cancellation) => reader.MintAsync(scopes, way, cancellation));

    /// <summary>Adds the credentials that the machine has with AWS. Nothing is asked yet. The SDK renews them, which is noticed within a minute.</summary>
    /// <param name="provider">Which.</param>
    /// <param name="step">Whose they are.</param>
    public ILive<AwsKeys> Add(AwsProviderPlan provider, StepPlan step)
    {
        var live = new Live<AwsKeys>(
            $"{provider.Type} of {step.Title}", step.At, IdentityLifetime, IdentityPause, cancellation => reader.FindKeysAsync(provider, step, cancellation), ReadAgain, time);
        _secrets.Add((live, provider.Type));
        return live;
    }

    private Live<T> Add<T>(Live<T> live, SecretSourcePlan source)
        where T : class
    {
        _secrets.Add((live, source.Type));
        return live;
    }

    /// <summary>How each of them is doing, in the order of the file.</summary>
    public IReadOnlyList<SecretHealth> Health => _secrets.ConvertAll(s => s.Live.HealthOf(s.Source));

    /// <summary>Reads all of them for the first time.</summary>
    /// <exception cref="StartupException">One cannot be read; the message says which, and never holds a value.</exception>
    public async Task ReadAllAsync(CancellationToken cancellation)
    {
        var reading = _secrets.ConvertAll(s => s.Live.StartAsync(cancellation));
        var failures = new List<StartupException>();
        foreach (var read in reading)
        {
            try
            {
                await read.ConfigureAwait(false);
            }
            catch (StartupException e)
            {
                failures.Add(e); // All are named, in the order of the file: nobody wants to start once for each.
            }
        }

        var sentences = failures.Select(f => f.Message).Distinct(StringComparer.Ordinal).ToArray();
        if (sentences.Length > 0)
        {
            var more = sentences.Length - MostNamed;
            throw new StartupException(string.Join(' ', sentences.Take(MostNamed)) + (more > 0 ? $" And {more} more." : ""), failures[0]);
        }
    }

    private void ReadAgain(string name, StartupException? failure)
    {
        metrics.ReadSecretAgain(succeeded: failure is null);
        if (failure is not null)
        {
            LogFailure(name, failure.Message);
        }
    }

    private void Minted(string name, string? failure)
    {
        metrics.MintToken(succeeded: failure is null);
        if (failure is not null)
        {
            LogMintingFailure(name, failure);
        }
    }

    [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "the state file {path} {failure}; the rotated refresh token is in memory alone until it can be written")]
    private partial void LogWritingFailure(string path, string failure);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "{token} could not be minted: {failure}")]
    private partial void LogMintingFailure(string token, string failure);

    [LoggerMessage(EventId = 200, Level = LogLevel.Warning, Message = "the secret {secret} could not be read again, and its last value is used: {failure}")]
    private partial void LogFailure(string secret, string failure);
}
