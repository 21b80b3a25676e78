using System.Collections.Immutable;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>What a step is given that needs nothing. Tests override what theirs needs.</summary>
public abstract class NoServices : IStepServices
{
    public virtual TimeProvider Time => TimeProvider.System;

    public RotatedTokens RotatedTokens { get; } = new();

    public virtual ILive<Secret> Secret(SecretPlan plan) => throw Unexpected();

    public virtual ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => throw Unexpected();

    public virtual ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) => throw Unexpected();

    public virtual string? MachineVariable(string name) => throw Unexpected();

    public virtual IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => throw Unexpected();

    public virtual ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes) => throw Unexpected();

    public virtual ILive<AwsKeys> AwsIdentity(AwsProviderPlan provider, StepPlan step) => throw Unexpected();

    public virtual ITransformServer? TransformServer(TransformServerAddress address) => throw Unexpected();

    public virtual ILanguageModel? LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("The step asks for something that it does not need.");
}
