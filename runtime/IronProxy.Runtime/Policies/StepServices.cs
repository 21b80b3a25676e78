using System.Collections.Immutable;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Policies;

/// <summary>What the steps of one policy are given.</summary>
/// <param name="secrets">The secrets of the policy.</param>
/// <param name="rotated">What outlives the policy.</param>
/// <param name="servers">Makes the ways to servers that decide.</param>
/// <param name="models">Makes the ways to language models.</param>
/// <param name="time">The clock.</param>
internal sealed class StepServices(
    SecretStore secrets, RotatedTokens rotated, Func<TransformServerAddress, ITransformServer> servers, Func<JudgeProviderPlan, ILive<SecretValue>, ILanguageModel> models, TimeProvider time) : IStepServices
{
    /// <inheritdoc />
    public TimeProvider Time { get; } = time;

    /// <inheritdoc />
    public RotatedTokens RotatedTokens { get; } = rotated;

    /// <inheritdoc />
    public ILive<Secret> Secret(SecretPlan plan) => secrets.Add(plan);

    /// <inheritdoc />
    public ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => secrets.Add(plan, step, findProblem);

    /// <inheritdoc />
    public ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) =>
        secrets.Add(name, step, at, mint);

    /// <inheritdoc />
    public string? MachineVariable(string name) => secrets.MachineVariable(name);

    public IStateFile StateFile(string path, StepPlan step, SourcePosition at) => secrets.AddStateFile(path, step, at);

    /// <inheritdoc />
    public ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes) => secrets.Add(step, scopes);

    /// <inheritdoc />
    public ILive<AwsKeys> AwsIdentity(AwsProviderPlan provider, StepPlan step) => secrets.Add(provider, step);

    /// <inheritdoc />
    public ITransformServer TransformServer(TransformServerAddress address) => servers(address);

    /// <inheritdoc />
    public ILanguageModel LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key) => models(provider, key);
}
