using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets.Aws;
using IronProxy.Runtime.Secrets.AwsSm;
using IronProxy.Runtime.Secrets.AwsSsm;
using IronProxy.Runtime.Secrets.Env;
using IronProxy.Runtime.Secrets.File;
using IronProxy.Runtime.Secrets.GcpSm;
using IronProxy.Runtime.Secrets.Kubernetes;
using IronProxy.Runtime.Secrets.OnePassword;
using IronProxy.Runtime.Secrets.OnePasswordConnect;
using IronProxy.Runtime.Secrets.VaultKv;

namespace IronProxy.Runtime.Secrets;

/// <summary>Reads secrets from where a plan says.</summary>
/// <param name="host">What may be read of the machine.</param>
/// <param name="http">The way to stores of secrets.</param>
/// <param name="trusting">Makes a way to a store that has a CA of its own. Who asks for it disposes it.</param>
internal sealed class SecretReader(HostAccess host, HttpMessageInvoker http, Func<X509Certificate2Collection, HttpMessageInvoker> trusting)
{
    private const char Unreadable = '\uFFFD';

    private readonly StoreHttp _store = new(http);
    private readonly AwsApi _aws = new(host, new StoreHttp(http));

    /// <summary>Reads one secret, and checks that it can be sent where its entry wants it.</summary>
    /// <exception cref="StartupException">The secret is missing or unusable; the message never holds the value.</exception>
    public async ValueTask<Secret> PrepareAsync(SecretPlan plan, CancellationToken cancellation)
    {
        var secret = new Secret(plan, await ReadAsync(plan.Source, plan.Name, plan.At, cancellation).ConfigureAwait(false));
        return secret.FindProblem() is { } problem ? throw new StartupException(problem) : secret;
    }

    /// <summary>Reads one secret.</summary>
    /// <param name="source">Where.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">The secret is missing or unusable; the message never holds the value.</exception>
    public async ValueTask<SecretValue> ReadAsync(SecretSourcePlan source, string name, SourcePosition at, CancellationToken cancellation)
    {
        var value = await Open(source).ReadAsync(cancellation).ConfigureAwait(false);

        // Bytes that are no UTF-8 are read as this character: what would be sent is not what the source holds.
        if (value.Contains(Unreadable, StringComparison.Ordinal))
        {
            throw new StartupException($"The secret {name} of line {at.Line} is not UTF-8 text.");
        }

        return new SecretValue(source.JsonKey is { } key ? Extract(value, key, $"The secret {name} of line {at.Line}") : value);
    }

    /// <summary>Asks for the credentials that the machine has with AWS.</summary>
    /// <param name="provider">Which.</param>
    /// <param name="step">Whose they are.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">There are none that can be used.</exception>
    public async ValueTask<AwsKeys> FindKeysAsync(AwsProviderPlan provider, StepPlan step, CancellationToken cancellation)
    {
        var what = $"The credentials of {step.Title} in line {step.At.Line}";
        if (host.Aws is not { } aws)
        {
            throw new StartupException($"{what} cannot be had: this program has no way to AWS.");
        }

        try
        {
            var keys = await aws.FindKeysAsync(provider.Region, cancellation).ConfigureAwait(false);
            return keys.FindProblem() is { } problem ? throw new StartupException($"{what} cannot be used: one {problem}.") : keys;
        }
        catch (AwsCredentialsException e)
        {
            throw new StartupException($"{what} cannot be had: {e.Message}.", e);
        }
    }

    /// <summary>Asks for an access token of Google with what the machine itself is there.</summary>
    /// <param name="scopes">What it is for.</param>
    /// <param name="way">The way to Google.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public Task<MintedToken> MintAsync(ImmutableArray<string> scopes, HttpMessageInvoker way, CancellationToken cancellation) =>
        host.Gcp is { } gcp ? gcp.MintTokenAsync(scopes, way, cancellation) : throw new MintingFailedException("this program has no way to Google Cloud");

    /// <summary>A variable of the environment; null when it is not set.</summary>
    public string? MachineVariable(string name) => host.ReadVariable(name);

    /// <summary>The files that outlive the process; null when there are none.</summary>
    public IStateFiles? StateFiles => host.StateFiles;

    /// <summary>The sources that this build has, by the type of their plan.</summary>
    private ISecretSource Open(SecretSourcePlan source) => source switch
    {
        EnvSourcePlan env => new EnvSecretSource(env, host),
        FileSourcePlan file => new FileSecretSource(file, host),
        AwsSmSourcePlan secret => new AwsSmSecretSource(secret, _aws),
        AwsSsmSourcePlan parameter => new AwsSsmSecretSource(parameter, _aws),
        GcpSmSourcePlan version => new GcpSmSecretSource(version, host, http, _store),
        OnePasswordSourcePlan field => new OnePasswordSecretSource(field, host),
        OnePasswordConnectSourcePlan connect => new OnePasswordConnectSecretSource(connect, host, _store),
        VaultKvSourcePlan vault => new VaultKvSecretSource(vault, host, _store),
        KubernetesSourcePlan key => new KubernetesSecretSource(key, host, trusting),
        _ => throw new System.Diagnostics.UnreachableException("A plan with parts that are missing is refused before."),
    };

    private static string Extract(string value, string key, string what)
    {
        try
        {
            using var json = JsonDocument.Parse(value);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(key, out var member))
            {
                return member.ValueKind switch
                {
                    JsonValueKind.String when member.GetString() is { Length: > 0 } text => text,
                    JsonValueKind.Number => member.GetRawText(),
                    _ => throw new StartupException($"{what} has no text in its JSON member '{key}'."),
                };
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The parser's own message quotes the text, which is the secret. Half a surrogate pair is JSON, but no text.
            throw new StartupException($"{what} has json_key, but its value is not JSON with text.");
        }

        throw new StartupException($"{what} has no JSON member '{key}'.");
    }
}
